// What the tests share: a portal of its own for each file, a browser, and people
// who find things as people do, by their role and name.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const run = promisify(execFile)
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const receiptForm = /(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}/

// start builds and starts the example of the portal, on a port that is free.
export const start = (...flags) => startExample('portal', flags)

// startExample starts another example. before runs it first, with further flags.
export async function startExample(name, flags = [], before) {
	const dir = await mkdtemp(join(tmpdir(), 'cvdkit-browser-'))
	const built = process.env[`CVD_${name.toUpperCase()}`]
	const bin = built ?? join(dir, name)
	if (!built) await run('go', ['build', '-o', bin, `./examples/${name}`], { cwd: root })
	const db = join(dir, 'portal.db')
	await before?.(async (...args) => (await run(bin, ['-db', db, ...args])).stdout, dir)
	const server = spawn(bin, ['-listen', '127.0.0.1:0', '-db', db, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
	const url = await new Promise((resolve, reject) => {
		server.once('exit', code => reject(new Error(`the portal ended with ${code}`)))
		createInterface({ input: server.stdout }).on('line', line => {
			const at = line.match(/https?:\S+/)
			if (at) resolve(at[0])
		})
	})
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
	return {
		url, browser, dir,
		// play runs the example once more, as the team.
		play: async (...args) => (await run(bin, ['-db', db, ...args])).stdout,
		// fileOf makes a file of so many bytes.
		fileOf: async size => {
			const path = join(dir, `of-${size}`)
			await writeFile(path, Buffer.alloc(size))
			return path
		},
		stop: async () => {
			await browser.close()
			server.removeAllListeners('exit')
			const ended = new Promise(resolve => server.once('exit', resolve))
			server.kill('SIGINT')
			await ended
			await rm(dir, { recursive: true, force: true })
		},
	}
}

// person is somebody with a browser of their own, without scripts unless they say so.
export async function person(site, options = {}) {
	const context = await site.browser.newContext({ javaScriptEnabled: false, locale: 'en-GB', ...options })
	const page = await context.newPage()
	return new Person(site, context, page)
}

export class Person {
	constructor(site, context, page) {
		Object.assign(this, { site, context, page })
	}
	home() { return this.page.goto(this.site.url) }
	box(name) { return this.page.getByRole('textbox', { name, exact: true }) }
	button(name) { return this.page.getByRole('button', { name, exact: true }) }
	link(name) { return this.page.getByRole('link', { name, exact: true }) }
	heading(name) { return this.page.getByRole('heading', { name, exact: true }) }
	alert() { return this.page.getByRole('alert') }
	text() { return this.page.locator('main').innerText() }
	async fill({ product = 'Frobnicator 3.1', description = 'Send a long name: it overflows.' } = {}) {
		await this.box('Affected product and version').fill(product)
		await this.box('Describe the vulnerability and how to see it').fill(description)
	}
	files(...names) {
		return this.page.getByLabel('Files', { exact: true }).setInputFiles(
			names.map(name => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`content of ${name}`) })))
	}
	send() { return this.button('Send report').click() }
	async receipt() {
		await this.heading('Your receipt').waitFor()
		return (await this.text()).match(receiptForm)[0]
	}
	async report(texts) {
		await this.home()
		await this.fill(texts)
		await this.send()
		return this.receipt()
	}
	async open(receipt) {
		await this.home()
		await this.link('Come back with your receipt').click()
		await this.box('Receipt').fill(receipt)
		await this.button('Open').click()
	}
	async reply(text) {
		await this.box('Your reply').fill(text)
		await this.button('Send reply').click()
	}
	// findings are what axe finds on the page. The debugger runs it, past the CSP.
	async findings() {
		await this.page.evaluate(axeSource)
		const { violations } = await this.page.evaluate(() =>
			axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
		return violations.map(v => `${v.id}: ${v.nodes.map(n => n.target).join(', ')}`)
	}
	// overflow is by how many pixels the page is wider than the window.
	overflow() {
		return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
	}
}
