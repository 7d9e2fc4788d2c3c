// What the tests of the desk share: the program with its made-up cases, and members of
// its team.
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { Person } from './site.mjs'

const run = promisify(execFile)
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

// startDesk builds and starts the program, on ports that are free.
export async function startDesk() {
	const dir = await mkdtemp(join(tmpdir(), 'cvdkit-browser-'))
	const bin = process.env.CVD_DESK ?? join(dir, 'desk')
	if (!process.env.CVD_DESK) await run('go', ['build', '-o', bin, './examples/desk'], { cwd: root })
	const server = spawn(bin, ['-listen', '127.0.0.1:0', '-team-listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: dir } })
	const said = []
	await new Promise((resolve, reject) => {
		server.once('exit', code => reject(new Error(`the desk ended with ${code}`)))
		createInterface({ input: server.stdout }).on('line', line => {
			said.push(line)
			if (line.startsWith('All cases')) resolve()
		})
	})
	const text = said.join('\n')
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
	return {
		browser, text,
		url: text.match(/reporters is at (\S+)/)[1],
		team: text.match(/desk of the team is at (http:\/\/[^/]+)/)[1],
		receipt: text.match(/receipt (\S+)/)[1],
		number: text.match(/case=(\S+)/)[1],
		code: text.match(/code (\S+)/)[1],
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

// member is somebody of the team with a browser of their own, who has logged in.
export async function member(site, who, options = {}) {
	const context = await site.browser.newContext({ javaScriptEnabled: false, locale: 'en-GB', ...options })
	context.setDefaultTimeout(180_000) // on a machine that is busy with other tests too
	const m = new Member(site, context, await context.newPage())
	if (who) await m.login(who)
	return m
}

export const names = { ana: 'Ana Ferreira', ben: 'Ben Okafor', cleo: 'Cleo Lindqvist' }

export class Member extends Person {
	async login(who) {
		await this.page.goto(this.site.team + '/login/try/')
		await this.button(names[who]).click()
		await this.heading('Cases').waitFor()
	}
	async go(path) {
		const response = await this.page.goto(this.site.team + path)
		return response.status()
	}
	// numberOf finds a case by a part of its title, in any list.
	async numberOf(title, path = '/?view=all') {
		await this.go(path)
		const row = this.page.getByRole('row').filter({ hasText: title })
		return (await row.first().getByRole('rowheader').getByRole('link').first().innerText()).trim()
	}
	// act opens an action of the case that is shown, fills it in and sends it.
	async act(name, label, fill = async () => {}) {
		const box = this.page.locator(`#a-${name}`)
		if (!await box.evaluate(e => e.open)) await box.locator('summary').click()
		await fill(box)
		await box.getByRole('button', { name: label, exact: true }).click()
	}
}
