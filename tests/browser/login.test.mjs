// Accounts beside receipts: a password with a second factor, a passkey that a virtual
// authenticator holds, and a client certificate.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { logIn, readAccount } from './accounts.mjs'
import { person, startExample } from './site.mjs'

describe('accounts', () => {
	let site, rita, vera
	before(async () => {
		site = await startExample('login', [], async play => {
			rita = readAccount(await play('-add', 'rita'))
			vera = readAccount(await play('-add', 'vera'))
		})
	})
	after(() => site.stop())

	test('password and digits, a report, My cases, log out', async () => {
		const p = await person(site, { javaScriptEnabled: true })
		await logIn(p, 'vera', vera)
		await p.page.goto(site.url + 'cases')
		assert.deepEqual(await p.findings(), [])
		await p.report({ product: 'Frobnicator of Vera' })
		await p.page.goto(site.url + 'cases')
		assert.match(await p.text(), /Frobnicator of Vera/)
		assert.deepEqual(await p.findings(), [])
		await p.page.getByRole('button', { name: /^CVD-/ }).click()
		await p.box('Your reply').fill('by account')
		await p.button('Send reply').click()
		assert.match(await p.text(), /by account/)
		await p.page.goto(site.url + 'account/')
		await p.button('Log out').click()
		await p.page.getByRole('status').filter({ hasText: 'You are logged out.' }).waitFor()
		await p.page.goto(site.url + 'cases')
		assert.doesNotMatch(await p.text(), /Frobnicator of Vera/)
		await p.context.close()
	})

	test('a passkey is added, logs in, and opens nothing once it is removed', async () => {
		const p = await person(site, { javaScriptEnabled: true })
		const cdp = await p.context.newCDPSession(p.page)
		await cdp.send('WebAuthn.enable')
		const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
			protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
			isUserVerified: true, automaticPresenceSimulation: true,
		} })
		const use = async () => {
			await p.page.goto(site.url + 'account/')
			await p.link('Use a passkey').click()
			assert.deepEqual(await p.findings(), [])
			await p.button('Use a passkey').click()
		}
		await use()
		await p.alert().filter({ hasText: /no passkey|did not work/ }).waitFor()
		await logIn(p, 'rita', rita)
		await p.button('Add a passkey').click()
		await p.button('Remove').waitFor()
		assert.deepEqual(await p.findings(), [])
		assert.equal((await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length, 1)
		await p.button('Log out').click()
		await p.page.getByRole('status').waitFor()
		await use()
		await p.heading('Account').waitFor()
		assert.match(await p.text(), /logged in as rita/)
		await p.page.goto(site.url + 'cases')
		assert.match(await p.text(), /rita/)

		// The device asks for no finger: the passkey alone is one factor, and not taken.
		await p.page.goto(site.url + 'account/')
		await p.button('Log out').click()
		await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
		await use()
		await p.alert().filter({ hasText: /./ }).waitFor()
		await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
		await use()
		await p.heading('Account').waitFor()
		await p.button('Remove').click()
		await p.heading('Log in to your cases').waitFor() // what she came by is gone
		await use()
		await p.alert().filter({ hasText: /did not work/ }).waitFor()
		await p.context.close()
	})

	test('the pages of the login: axe, 320 px, dark, wrong words', async () => {
		const p = await person(site, { javaScriptEnabled: true, colorScheme: 'dark', viewport: { width: 320, height: 600 } })
		await p.page.goto(site.url + 'account/')
		assert.deepEqual(await p.findings(), [])
		await p.box('Name').fill('rita')
		await p.page.getByLabel('Password', { exact: true }).fill('wrong')
		await p.box('Six digits of your authenticator').fill('000000')
		await p.button('Log in').click()
		await p.alert().waitFor()
		assert.equal(await p.box('Name').inputValue(), 'rita')
		assert.deepEqual(await p.findings(), [])
		assert.equal(await p.overflow(), 0)
		await p.context.close()
	})

	test('a link from another site meets the session', async () => {
		const p = await person(site, { javaScriptEnabled: true })
		await logIn(p, 'vera', vera, 1)
		await p.page.goto('data:text/html,<a href="' + site.url + 'account/">Go</a>')
		await p.link('Go').click()
		await p.heading('Account').waitFor()
		await p.context.close()
	})
})

test('a client certificate is an account', async () => {
	let cert, key
	const site = await startExample('login', ['-tls'], async (play, dir) => {
		[cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
		execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=carla', '-keyout', key, '-out', cert], { stdio: 'ignore' })
		await play('-certificate', `carla=${cert}`)
	})
	try {
		const origin = new URL(site.url).origin
		const p = await person(site, { ignoreHTTPSErrors: true, clientCertificates: [{ origin, cert: readFileSync(cert), key: readFileSync(key) }] })
		await p.page.goto(site.url + 'cases')
		assert.match(await p.text(), /carla/)
		const stranger = await person(site, { ignoreHTTPSErrors: true })
		await stranger.page.goto(site.url + 'cases')
		assert.doesNotMatch(await stranger.text(), /carla/)
		await p.context.close()
		await stranger.context.close()
	} finally {
		await site.stop()
	}
})
