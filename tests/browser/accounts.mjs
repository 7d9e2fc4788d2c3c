// People with an account, for the tests and pictures of examples/login.
import { createHmac } from 'node:crypto'

// totp is what an authenticator app shows (RFC 6238), so many steps from now.
function totp(base32, ahead = 0) {
	let bits = ''
	for (const c of base32) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')
	const key = Buffer.from(bits.match(/.{8}/g).map(b => parseInt(b, 2)))
	const step = Buffer.alloc(8)
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead))
	const sum = createHmac('sha1', key).update(step).digest()
	return String((sum.readUInt32BE(sum[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}

export const readAccount = said => ({ password: said.match(/password: (\S+)/)[1], key: said.match(/secret=(\w+)/)[1] })

export async function logIn(p, name, account, ahead) {
	await p.page.goto(p.site.url + 'account/')
	await p.box('Name').fill(name)
	await p.page.getByLabel('Password', { exact: true }).fill(account.password)
	await p.box('Six digits of your authenticator').fill(totp(account.key, ahead))
	await p.button('Log in').click()
	await p.heading('Account').waitFor()
}
