// Takes the two steps of WebAuthn: asks this site for a challenge, the device for its
// answer, and sends that back.
const button = document.querySelector('[data-passkey]')
const said = document.querySelector('[role=alert]')

async function send(path, body) {
	const headers = { 'Content-Type': 'application/json' }
	if (button.dataset.token) headers['X-CSRF-Token'] = button.dataset.token
	const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
	if (!answer.ok) throw new Error(await answer.text())
	return answer
}

button.addEventListener('click', async () => {
	said.hidden = true
	try {
		const publicKey = await (await send('./begin', {})).json()
		if (button.dataset.passkey === 'add') {
			const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
			await send('./finish', made.toJSON())
			location.reload()
		} else {
			const got = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) })
			const answer = await send('./finish?next=' + encodeURIComponent(button.dataset.next), got.toJSON())
			location.assign(answer.url)
		}
	} catch (err) {
		said.textContent = err.name === 'NotAllowedError' ? 'The device gave no passkey. Try again.' : err.message
		said.hidden = false
	}
})
button.hidden = false
