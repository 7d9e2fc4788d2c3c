// The desk as a team uses it: a case from the form to its publication, several people
// at once, groups that do not see each other's cases, by keyboard, small, large, dark.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { member, startDesk } from './desk.mjs'
import { person } from './site.mjs'

let site
before(async () => { site = await startDesk() })
after(() => site.stop())

const people = []
const staff = async (who, options) => {
	const m = await member(site, who, options)
	people.push(m)
	return m
}
after(() => Promise.all(people.map(p => p.context.close())))

// What each group alone may know of.
const secret = { firmware: 'Debug key in the boot loader', cloud: 'Key of the billing service' }

const textOf = async m => (await m.page.locator('body').innerText()) + await m.page.title()

describe('a case', () => {
	test('from the form to its publication, by two people of different groups', async () => {
		const reporter = await person(site)
		people.push(reporter)
		const receipt = await reporter.report({ product: 'Frobnicator 9.1', description: 'A whole story: send a long name, and it overflows.' })
		const [ana, ben, cleo] = [await staff('ana'), await staff('ben'), await staff('cleo')]
		// Tests type faster than people, so it may wait in the quarantine.
		let number
		for (const path of ['/submissions', '/quarantine']) {
			await ana.go(path)
			const row = ana.page.getByRole('row').filter({ hasText: 'Frobnicator 9.1' })
			if (await row.count()) number = (await row.getByRole('link').first().innerText()).trim()
		}
		await ana.go(`/submissions/${number}`)
		assert.match(await ana.text(), /A whole story/)
		await ana.page.getByLabel(/^Admit/).check()
		await ana.page.getByLabel('To the sender').fill('Thank you, we look at it.')
		await ana.button('Decide, and show the next').click()
		await ana.page.getByRole('status').waitFor()

		await ben.go(`/cases/${number}`)
		await ben.heading('Reports').waitFor() // it is open to the whole team yet
		await ana.go(`/cases/${number}`)
		await ana.act('groups', 'Set the groups', box => box.getByLabel('Groups').fill('firmware'))
		await ana.page.getByRole('status').waitFor()
		assert.equal(await ben.go(`/cases/${number}`), 404)
		await ben.go('/?view=all')
		assert.doesNotMatch(await textOf(ben), new RegExp(number))
		await ben.go(`/search?q=${number}`)
		assert.match(await ben.text(), /Nothing is open to you/)

		await ana.act('triage', 'Record the result', box => box.locator('[name=outcome][value=valid]').check())
		await ana.page.getByRole('status').waitFor()
		await ana.act('accept', 'Accept: work on it')
		await ana.page.getByRole('status').waitFor()
		await cleo.go(`/cases/${number}`)
		await cleo.act('severity', 'Set the severity', box => box.getByLabel('CVSS vector').fill('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'))
		await cleo.page.getByRole('status').waitFor()
		assert.match(await cleo.text(), /Critical 9\.8/)
		await cleo.act('reply', 'Send', async box => {
			await box.getByLabel(/Text/).fill('The fix is out today.')
			await box.locator('[name=to]').first().check()
			await box.getByLabel('Files').setInputFiles([{ name: 'patch.diff', mimeType: 'text/plain', buffer: Buffer.from('--- a') }])
		})
		await cleo.page.getByRole('status').waitFor()
		await cleo.page.getByRole('link', { name: 'patch.diff' }).waitFor()
		await cleo.act('note', 'Keep the note', async box => {
			await box.getByLabel(/^Note/).fill('For us alone.')
			await box.getByLabel('Files').setInputFiles([{ name: 'internal.txt', mimeType: 'text/plain', buffer: Buffer.from('who said what') }])
		})
		await cleo.page.getByRole('status').waitFor()
		const [download] = await Promise.all([cleo.page.waitForEvent('download'), cleo.page.getByRole('link', { name: 'internal.txt' }).click()])
		assert.equal(download.suggestedFilename(), 'internal.txt')
		await cleo.act('publish', 'Publish', async box => {
			await box.getByLabel('Address or number of the advisory').fill('https://example.example/advisories/1')
			await box.locator('[name=vulns]').first().check()
		})
		await cleo.page.getByRole('status').waitFor()
		await cleo.act('close', 'Close the case')
		await cleo.page.getByRole('status').waitFor()
		assert.match(await cleo.text(), /Closed/)

		await reporter.open(receipt)
		assert.match(await reporter.text(), /The fix is out today\./)
		assert.match(await reporter.text(), /patch\.diff/)
		assert.doesNotMatch(await reporter.text(), /internal\.txt|For us alone/)
		assert.equal(await ben.go(`/cases/${number}`), 404, 'published or not, it is not his')
	})

	test('two people at once: a stale action is refused with what changed, and nothing typed is lost', async () => {
		const [ana, cleo] = [await staff('ana'), await staff('cleo')]
		await ana.go(`/cases/${site.number}`)
		await cleo.go(`/cases/${site.number}`)
		await cleo.act('note', 'Keep the note', box => box.getByLabel(/^Note/).fill('Called Cirrus: no answer.'))
		await cleo.page.getByRole('status').waitFor()
		const typed = '  two\nlines <b>&amp; of Ana'
		await ana.act('note', 'Keep the note', box => box.getByLabel(/^Note/).fill(typed))
		const alert = ana.page.getByRole('alert')
		assert.match(await alert.innerText(), /changed meanwhile[\s\S]*cleo/i)
		const box = ana.page.locator('#a-note textarea')
		assert.equal(await box.inputValue(), typed)
		await ana.page.locator('#a-note').getByRole('button', { name: 'Keep the note' }).click()
		await ana.page.getByRole('status').waitFor()
		const text = await ana.text()
		assert.match(text, /Called Cirrus: no answer\./)
		assert.match(text, /lines <b>&amp; of Ana/)
		await cleo.go(`/cases/${site.number}`)
		assert.match(await cleo.text(), /lines <b>&amp; of Ana/)
	})

	test('opened by the team, for one of its groups', async () => {
		const [ana, ben] = [await staff('ana'), await staff('ben')]
		await ana.go('/')
		await ana.link('Open a case').click()
		await ana.button('Open the case').click()
		assert.match(await ana.alert().innerText(), /Enter a title/)
		await ana.page.getByLabel('Title').fill('A find of our own')
		await ana.page.getByLabel(/^We found it/).check()
		await ana.page.getByLabel('What is wrong').fill('The fuse is not burnt.')
		await ana.page.getByLabel('Groups that see it').fill('firmware')
		await ana.button('Open the case').click()
		await ana.heading('Reports').waitFor()
		assert.match(await ana.text(), /The fuse is not burnt\./)
		const number = ana.page.url().match(/cases\/(\S+)$/)[1]
		assert.equal(await ben.go(`/cases/${number}`), 404)
	})
	test('sent twice is done once', async () => {
		const cleo = await staff('cleo')
		await cleo.go(`/cases/${site.number}`)
		const box = cleo.page.locator('#a-note')
		await box.locator('summary').click()
		await box.getByLabel(/^Note/).fill('clicked twice')
		await box.getByRole('button', { name: 'Keep the note' }).dblclick()
		await cleo.page.waitForURL(/done=note/)
		assert.equal((await cleo.text()).match(/clicked twice/g).length, 1)
	})
})

test('no page shows a title to a group that may not see it', async () => {
	const numbers = {}
	const cleo = await staff('cleo')
	for (const group in secret) numbers[group] = await cleo.numberOf(secret[group])
	for (const [who, other] of [['ana', 'cloud'], ['ben', 'firmware']]) {
		const m = await staff(who)
		const n = numbers[other]
		for (const path of ['/', '/?order=newest', '/?view=mine', '/?view=unassigned', '/?view=unread', '/?view=ours', '/?view=silent', '/?view=bouncing', '/?view=closed', '/?view=all',
			'/submissions', '/quarantine', `/search?q=${n}`, `/search?q=${encodeURIComponent(secret[other])}`, '/search?q=Frobnicator+X', '/measures', '/exchange']) {
			assert.equal(await m.go(path), 200, path)
			const text = await textOf(m)
			if (!path.startsWith('/search?q=Key') && !path.startsWith('/search?q=Debug')) assert.ok(!text.includes(secret[other]), `${who} ${path}`)
			else assert.match(text, /Nothing is open to you/) // what was asked for stands there, and nothing else
			if (!path.includes(n)) assert.ok(!text.includes(n), `${who} ${path}`)
		}
		for (const path of [`/cases/${n}`, `/submissions/${n}`, `/cases/${n}/timeline.svg`, `/exchange/case.zip?number=${n}`]) {
			assert.equal(await m.go(path), 404, path)
			assert.ok(!(await textOf(m)).includes(secret[other]))
		}
		const csv = await (await m.context.request.get(`${site.team}/cases.csv?view=all`)).text()
		assert.ok(csv.includes(secret[other === 'cloud' ? 'firmware' : 'cloud']) && !csv.includes(secret[other]))
	}
})

test('nobody gets a page without a login, and log-out ends it', async () => {
	const m = await staff()
	for (const path of ['/', '/submissions', `/cases/${site.number}`, '/cases.csv', '/measures', '/exchange']) {
		await m.go(path)
		assert.ok(!(await textOf(m)).includes('Length field overflow'), path)
		assert.match(m.page.url(), /login/, path)
	}
	await m.login('ana')
	await m.button('Log out').click()
	await m.go(`/cases/${site.number}`)
	assert.match(m.page.url(), /login/)
})

// Each page, and the states it can be in.
const pages = async () => {
	const m = await staff('cleo')
	const sub = await m.numberOf('Password reset', '/submissions')
	const held = await m.numberOf('URGENT', '/quarantine')
	const exploited = await m.numberOf('Command injection')
	const closed = await m.numberOf('Default SNMP')
	const to = path => m => m.go(path)
	return {
		list: to('/'), 'empty list': to('/?view=mine&order=newest&page='), closed: to('/?view=closed'), submissions: to('/submissions'), quarantine: to('/quarantine'),
		submission: to(`/submissions/${sub}`), 'in quarantine': to(`/submissions/${held}`),
		embargo: to(`/cases/${site.number}`), exploited: to(`/cases/${exploited}`), published: to(`/cases/${closed}`),
		search: to('/search'), found: to('/search?q=CVE-1900-0101'), 'nothing found': to('/search?q=nothing'),
		measures: to('/measures'), exchange: to('/exchange'), 'not found': to('/nowhere'), 'try login': to('/login/try/'),
		'open a case': to('/new'),
		'a case not opened': async m => {
			await m.go('/new')
			await m.button('Open the case').click()
			await m.alert().waitFor()
		},
		'an error': async m => {
			await m.go(`/submissions/${sub}`)
			await m.button('Decide, and show the next').click()
			await m.alert().waitFor()
		},
		'a wrong form': async m => {
			await m.go(`/cases/${exploited}`)
			await m.act('note', 'Keep the note')
			await m.alert().waitFor()
		},
		'a new address': async m => {
			await m.go('/exchange')
			await m.page.getByRole('button', { name: /an address|the address/ }).first().click()
			await m.page.getByLabel('Address, shown this once').waitFor()
		},
		'every action open': async m => {
			await m.go(`/cases/${site.number}`)
			await m.page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true })
		},
	}
}

test('axe finds nothing, and nothing is cut, at 360 and 1280 px, light and dark', async t => {
	for (const [name, show] of Object.entries(await pages())) {
		await t.test(name, async () => {
			const m = await staff('cleo', { javaScriptEnabled: true })
			await show(m)
			for (const width of [1280, 360]) for (const colorScheme of ['light', 'dark']) {
				await m.page.setViewportSize({ width, height: 900 })
				await m.page.emulateMedia({ colorScheme })
				assert.deepEqual(await m.findings(), [], `${name} ${width} ${colorScheme}`)
				assert.ok(await m.overflow() <= 0, `${name} ${width} is too wide`)
			}
			await m.context.close()
		})
	}
})

// tabTo presses the tabulator key until what has the focus is what is looked for.
const tabTo = async (m, selector, most = 250) => {
	for (let i = 0; i < most; i++) {
		await m.page.keyboard.press('Tab')
		if (await m.page.evaluate(s => document.activeElement.matches(s), selector)) return
	}
	assert.fail(`no way by keyboard to ${selector}`)
}

describe('by keyboard alone', () => {
	test('a case is found, opened, noted on and marked as read', async () => {
		const m = await staff('ana', { javaScriptEnabled: true })
		await tabTo(m, '.skip')
		await m.page.keyboard.press('Enter')
		await tabTo(m, `a[href="/cases/${site.number}"]`)
		await m.page.keyboard.press('Enter')
		await m.heading('Messages').waitFor()
		await tabTo(m, '#a-note summary')
		await m.page.keyboard.press('Enter')
		await tabTo(m, '#a-note textarea')
		await m.page.keyboard.type('by keyboard')
		await tabTo(m, '#a-note button')
		await m.page.keyboard.press('Enter')
		await m.page.waitForURL(/done=note/)
		assert.match(await m.text(), /by keyboard/)
		await tabTo(m, '#new button')
		await m.page.keyboard.press('Enter')
		await m.page.waitForLoadState()
	})
	test('a submission is decided in a few keys', async () => {
		const m = await staff('cleo', { javaScriptEnabled: true })
		const number = await m.numberOf('Session stays valid', '/submissions')
		await m.go(`/submissions/${number}`)
		assert.ok(await m.page.evaluate(() => document.activeElement.matches('[name=what]')), 'the decision has the focus')
		await m.page.keyboard.press('Space') // admit
		await tabTo(m, '.decide button')
		await m.page.keyboard.press('Enter')
		await m.page.getByRole('status').waitFor()
		await m.go(`/cases/${number}`)
		assert.doesNotMatch(await m.text(), /Dismissed/)
	})
	test('everything that can be used is reached, and shows that it has the focus', async () => {
		const m = await staff('cleo', { javaScriptEnabled: true })
		const sub = await m.numberOf('Password reset', '/submissions')
		for (const path of ['/', '/submissions', `/submissions/${sub}`, `/cases/${site.number}`, '/new', '/search', '/measures', '/exchange']) {
			await m.go(path)
			const all = await m.page.evaluate(() => {
				document.activeElement.blur()
				let n = 0
				const radios = new Set()
				for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
					if (!e.checkVisibility() || e.type === 'hidden' || e.disabled) continue
					if (e.type === 'radio') {
						if (radios.has(e.form?.action + e.name)) continue
						radios.add(e.form?.action + e.name)
					}
					e.dataset.wanted = ''
					n++
				}
				return n
			})
			let seen = 0
			for (let i = 0; i < 2 * all + 10 && seen < all; i++) {
				await m.page.keyboard.press('Tab')
				const [fresh, shown] = await m.page.evaluate(() => {
					const e = document.activeElement
					const s = getComputedStyle(e)
					const fresh = 'wanted' in e.dataset
					delete e.dataset.wanted
					return [fresh, s.outlineStyle !== 'none' || s.boxShadow !== 'none']
				})
				if (fresh) {
					seen++
					assert.ok(shown, `${path}: the focus shows nowhere`)
				}
			}
			assert.equal(seen, all, `${path}: some can be reached by the mouse only: ${await m.page.evaluate(() => [...document.querySelectorAll('[data-wanted]')].map(e => e.outerHTML.slice(0, 80)))}`)
		}
	})
})
