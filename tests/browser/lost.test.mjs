// Pages for who has lost a receipt: the desk has them where it sends mail. None is sent
// here: nothing answers at the address of its mail server.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { chromium } from 'playwright-core'
import { person } from './site.mjs'

// freePort is one that nobody listens on.
async function freePort() {
	const s = createServer().listen(0, '127.0.0.1')
	await once(s, 'listening')
	const { port } = s.address()
	s.close()
	await once(s, 'close')
	return port
}

describe('a lost receipt', { skip: !process.env.CVD_DESK && 'CVD_DESK names no program' }, () => {
	let site, server, dir
	before(async () => {
		dir = await mkdtemp(join(tmpdir(), 'cvdkit-browser-'))
		const at = `127.0.0.1:${await freePort()}`
		server = spawn(process.env.CVD_DESK, ['-listen', at, '-team-listen', '127.0.0.1:0', '-db', join(dir, 'cases.db'),
			'-mail', 'psirt@psirt.example', '-smtp', 'smtp://psirt@127.0.0.1:9', '-url', 'https://psirt.example'],
		{ stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, DESK_SMTP_PASSWORD: 'none' } })
		await new Promise((resolve, reject) => {
			server.once('exit', code => reject(new Error(`the desk ended with ${code}`)))
			createInterface({ input: server.stdout }).on('line', line => { if (line.startsWith('The form')) resolve() })
		})
		const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
		site = { url: `http://${at}/report/`, browser }
	})
	after(async () => {
		await site?.browser.close()
		server.removeAllListeners('exit')
		const ended = once(server, 'exit')
		server.kill('SIGINT')
		await ended
		await rm(dir, { recursive: true, force: true })
	})

	for (const colorScheme of ['light', 'dark']) {
		test(`by keyboard, on 320 px, ${colorScheme}`, async () => {
			const p = await person(site, { viewport: { width: 320, height: 640 }, colorScheme, javaScriptEnabled: true })
			const sound = async () => {
				assert.deepEqual(await p.findings(), [])
				assert.ok(await p.overflow() <= 0)
			}
			await p.page.goto(site.url + 'open')
			await p.link('Lost your receipt?').click()
			await p.heading('Lost your receipt?').waitFor()
			await sound()
			const typed = async (box, text) => {
				for (let i = 0; i < 20 && !await box.evaluate(e => e === document.activeElement); i++) await p.page.keyboard.press('Tab')
				await p.page.keyboard.press('ControlOrMeta+A')
				await p.page.keyboard.type(text)
				await p.page.keyboard.press('Enter')
			}
			await typed(p.page.locator('input[name=email]'), 'no address')
			await p.alert().filter({ hasText: 'Type an e-mail address' }).waitFor()
			assert.equal(await p.page.locator('input[name=email]').inputValue(), 'no address')
			await sound()

			// Nobody of this address is known, and the page does not say so.
			await typed(p.page.locator('input[name=email]'), 'rita@example.org')
			await p.heading('Get a new receipt').waitFor()
			assert.match(await p.text(), /If we know this address/)
			await sound()

			await typed(p.box('Code from the e-mail'), '0000-0000')
			await p.alert().filter({ hasText: 'This code opens nothing' }).waitFor()
			assert.equal(await p.box('Code from the e-mail').inputValue(), '', 'a code is not shown again')
			await sound()
			await p.context.close()
		})
	}
})
