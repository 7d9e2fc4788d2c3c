// The pages as people meet them: without scripts, by keyboard, small, large, dark, on
// paper, in other languages, and when something goes wrong.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { person, receiptForm, start } from './site.mjs'

let site
const policy = join(dirname(fileURLToPath(import.meta.url)), 'policy.txt')
before(async () => { site = await start('-upload', String(4 << 20), '-policy', policy) })
after(() => site.stop())

const people = []
const somebody = async options => {
	const p = await person(site, options)
	people.push(p)
	return p
}
after(() => Promise.all(people.map(p => p.context.close())))

describe('the plain path', () => {
	test('report, receipt, come back, answer, reply with files, log out', async () => {
		const p = await somebody()
		await p.home()
		await p.fill()
		await p.box('Impact').fill('Anybody becomes root.')
		await p.files('poc.txt')
		await p.box('E-mail').fill('rita@finder.example')
		await p.send()
		const receipt = await p.receipt()
		assert.match(await site.play('-answer', 'We see it too.'), /answered [1-9]/)
		await p.link('Come back with your receipt').click()
		await p.box('Receipt').fill(receipt.toLowerCase().replaceAll('-', ' '))
		await p.button('Open').click()
		assert.match(await p.text(), /We see it too\./)
		assert.match(await p.text(), /Anybody becomes root\./)
		await p.box('Your reply').fill('Version 3.0 too.')
		await p.files('log.txt')
		await p.button('Send reply').click()
		assert.match(await p.text(), /Version 3\.0 too\.[\s\S]*log\.txt/)
		const [download] = await Promise.all([p.page.waitForEvent('download'), p.link('log.txt').click()])
		assert.equal(download.suggestedFilename(), 'log.txt')
		await p.button('Log out').click()
		await p.heading('You are logged out').waitFor()
		assert.deepEqual(await p.context.cookies(), [])
		await p.page.goBack()
		assert.doesNotMatch(await p.text(), /Version 3\.0 too/, 'the history shows nothing of the case')
	})
	test('a vendor comes by link and code', async () => {
		const p = await somebody()
		await p.report()
		const said = await site.play('-invite', 'Frob Inc.')
		const v = await somebody({ javaScriptEnabled: true })
		await v.page.goto(site.url + said.match(/\/(open\S+)/)[1])
		await v.box('Access code').fill(said.match(/code: (\S+)/)[1])
		await v.box('Your name').fill('Vera')
		await v.button('Open').click()
		await v.heading('Your products').waitFor()
		await v.page.getByLabel('How does it stand?').selectOption({ label: 'Affected' })
		await v.button('Send statement').click()
		await v.page.getByRole('status').filter({ hasText: 'Your statement has arrived.' }).waitFor()
		assert.deepEqual(await v.findings(), [])
	})
})

describe('mistakes and bad luck', () => {
	test('errors keep the text, and lead to their fields', async () => {
		const p = await somebody()
		await p.home()
		await p.box('Describe the vulnerability and how to see it').fill('  two\n\nlines <b>&amp; ')
		await p.box('E-mail').fill('nobody')
		await p.send()
		assert.match(await p.alert().innerText(), /affected[\s\S]*e-mail/)
		assert.equal(await p.box('Describe the vulnerability and how to see it').inputValue(), '  two\n\nlines <b>&amp; ')
		await p.alert().getByRole('link').first().click()
		assert.equal(await p.page.evaluate(() => location.hash), '#f-product')
		await p.box('Affected product and version').fill('Frobnicator')
		await p.box('E-mail').fill('')
		await p.send()
		await p.receipt()
	})
	test('a double click gives one receipt', async () => {
		const p = await somebody()
		await p.home()
		await p.fill({ description: 'clicked twice' })
		await p.files('poc.txt')
		await p.button('Send report').dblclick()
		const receipt = await p.receipt()
		await p.open(receipt)
		assert.match(await p.text(), /clicked twice[\s\S]*poc\.txt/)
	})
	test('back and again is the same report, until the receipt was used', async () => {
		const p = await somebody()
		await p.home()
		await p.fill({ description: 'back and again' })
		await p.send()
		const receipt = await p.receipt()
		await p.page.reload()
		assert.equal(await p.receipt(), receipt)
		const other = await somebody()
		await other.open(receipt)
		await p.page.reload()
		assert.doesNotMatch(await p.text(), receiptForm)
		assert.match(await p.text(), /arrived already/)
	})
	test('back and forward find the receipt, the form and the case', async () => {
		const p = await somebody()
		await p.home()
		await p.fill({ description: 'there and back' })
		await p.send()
		const receipt = await p.receipt()
		await p.link('Come back with your receipt').click()
		await p.page.goBack()
		assert.equal(await p.receipt(), receipt)
		await p.link('Deutsch').click()
		assert.ok((await p.text()).includes(receipt), 'the switch of the language loses it')
		await p.link('English').click()
		await p.open(receipt)
		await p.box('Your reply').waitFor()
		await p.page.goBack()
		await p.page.goForward()
		await p.box('Your reply').waitFor()
	})
	test('a double click on a reply posts once', async () => {
		const p = await somebody()
		await p.open(await p.report())
		await p.box('Your reply').fill('only once')
		await p.button('Send reply').dblclick()
		await p.page.getByRole('status').waitFor()
		await p.page.reload()
		assert.equal((await p.text()).split('only once').length, 2)
	})
	test('a reply in one tab after the log-out in another keeps its text', async () => {
		const p = await somebody()
		await p.open(await p.report())
		await p.box('Your reply').fill('typed before')
		const page = await p.context.newPage()
		await page.goto(site.url + 'case')
		await page.getByRole('button', { name: 'Log out' }).click()
		await p.button('Send reply').click()
		await p.alert().waitFor()
		assert.equal(await p.box('Your reply').inputValue(), 'typed before')
	})
	test('dates, choices and checks survive an error too', async () => {
		const p = await somebody()
		await p.home()
		await p.fill()
		await p.page.getByLabel('Date on which you plan to publish').fill('2027-05-01')
		await p.page.getByLabel('Hour', { exact: true }).fill('15:30')
		await p.box('Time zone').fill('Mars/Base')
		await p.page.getByLabel('Is it being exploited?').selectOption({ label: 'Yes' })
		await p.page.getByLabel('You may pass my name and address on to the vendor').check()
		await p.page.getByLabel('May we thank you in public?').selectOption({ label: 'Yes, by name' })
		await p.send()
		assert.match(await p.alert().innerText(), /time zone/)
		await p.alert().getByRole('link').click()
		assert.equal(await p.page.evaluate(() => location.hash), '#f-zone')
		assert.equal(await p.page.getByLabel('Date on which you plan to publish').inputValue(), '2027-05-01')
		assert.equal(await p.page.getByLabel('Hour', { exact: true }).inputValue(), '15:30')
		assert.equal(await p.page.getByLabel('Is it being exploited?').inputValue(), 'yes')
		assert.ok(await p.page.getByLabel('You may pass my name and address on to the vendor').isChecked())
		assert.equal(await p.page.getByLabel('May we thank you in public?').inputValue(), 'named')
		await p.box('Time zone').fill('Europe/Warsaw')
		await p.send()
		await p.receipt()
	})
	test('a text that is too long is kept, an empty reply is none, a file alone is one', async () => {
		const p = await somebody()
		await p.home()
		await p.fill({ description: 'x'.repeat(300 << 10) })
		await p.send()
		assert.match(await p.alert().innerText(), /256\sKiB/)
		assert.equal((await p.box('Describe the vulnerability and how to see it').inputValue()).length, 300 << 10)
		await p.open(await p.report())
		await p.button('Send reply').click()
		assert.match(await p.alert().innerText(), /Write a reply/)
		await p.files('only.txt')
		await p.button('Send reply').click()
		await p.link('only.txt').waitFor()
	})
	test('a receipt as people type it', async () => {
		const p = await somebody()
		const r = await p.report()
		for (const typed of [r.replaceAll('-', ''), ` ${r.toLowerCase()} `, r.replaceAll('0', 'o').replaceAll('1', 'L'), r.replaceAll('-', '\u2013')]) {
			await p.open(typed)
			await p.box('Your reply').waitFor()
			await p.button('Log out').click()
		}
	})
	test('an ended session keeps the reply', async () => {
		const p = await somebody()
		const receipt = await p.report()
		await p.open(receipt)
		await p.context.clearCookies()
		await p.reply('this comes too late')
		assert.match(await p.alert().innerText(), /session has ended/)
		assert.equal(await p.box('Your reply').inputValue(), 'this comes too late')
		await p.box('Receipt').fill(receipt)
		await p.button('Send reply').click()
		assert.match(await p.text(), /has arrived[\s\S]*this comes too late/)
	})
	test('a token that counts no more keeps the text', async () => {
		const p = await somebody({ javaScriptEnabled: true })
		await p.home()
		await p.fill({ description: 'old form' })
		await p.page.evaluate(() => { document.querySelector('[name=token]').value = 'x' })
		await p.send()
		await p.alert().waitFor()
		assert.equal(await p.box('Describe the vulnerability and how to see it').inputValue(), 'old form')
		await p.send()
		await p.receipt()
	})
	test('two tabs: a reply goes to its own case or nowhere', async () => {
		const p = await somebody()
		const [first, second] = [await p.report({ product: 'First' }), await p.report({ product: 'Second' })]
		await p.open(first)
		const page = await p.context.newPage()
		const tab = Object.assign(Object.create(Object.getPrototypeOf(p)), p, { page })
		await tab.open(second)
		await p.reply('for the first')
		await p.alert().waitFor()
		await page.reload()
		assert.doesNotMatch(await tab.text(), /for the first/)
		await p.box('Receipt').fill(first)
		await p.button('Send reply').click()
		assert.match(await p.text(), /for the first[\s\S]*First/)
	})
	test('files that are too large keep the text', async () => {
		const p = await somebody()
		await p.home()
		await p.fill({ description: 'with a large file' })
		await p.box('E-mail').fill('rita@finder.example')
		await p.page.getByLabel('Files', { exact: true }).setInputFiles(await site.fileOf(12 << 20))
		await p.send()
		assert.match(await p.alert().innerText(), /too large/)
		assert.equal(await p.box('Describe the vulnerability and how to see it').inputValue(), 'with a large file')
		assert.equal(await p.box('E-mail').inputValue(), 'rita@finder.example')
		await p.send()
		await p.receipt()
	})
	test('a broken upload opens no case', async () => {
		const p = await somebody()
		await p.home()
		const token = await p.page.locator('[name=token]').first().inputValue()
		const { hostname, port, host } = new URL(site.url)
		await new Promise((resolve, reject) => {
			const s = connect(Number(port), hostname, () => {
				const part = (name, value) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
				const body = part('token', token) + part('product', 'Broken') + part('description', 'broken off') +
					'--b\r\nContent-Disposition: form-data; name="files"; filename="f"\r\n\r\nhalf of it'
				s.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length + 999}\r\n\r\n${body}`)
				setTimeout(() => { s.destroy(); resolve() }, 300)
			})
			s.on('error', reject)
		})
		const before = Number((await site.play('-answer', 'counted')).match(/\d+/)[0])
		await p.fill({ description: 'whole' })
		await p.send()
		await p.receipt()
		assert.equal(Number((await site.play('-answer', 'counted')).match(/\d+/)[0]), before + 1)
	})
	test('a slow upload arrives', async () => {
		const p = await somebody()
		await p.home()
		const token = await p.page.locator('[name=token]').first().inputValue()
		const { hostname, port, host } = new URL(site.url)
		const answer = await new Promise((resolve, reject) => {
			let got = ''
			const s = connect(Number(port), hostname, async () => {
				const body = ['token', token, 'product', 'Slow', 'description', 'slowly'].reduce((all, v, i, a) =>
					i % 2 ? all : `${all}--b\r\nContent-Disposition: form-data; name="${v}"\r\n\r\n${a[i + 1]}\r\n`, '') + '--b--\r\n'
				s.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`)
				for (let i = 0; i < body.length; i += 60) {
					s.write(body.slice(i, i + 60))
					await new Promise(next => setTimeout(next, 250))
				}
			})
			s.on('data', d => { got += d })
			s.on('end', () => resolve(got))
			s.on('error', reject)
		})
		assert.match(answer, receiptForm)
	})
	test('a wrong receipt says so, and neither shows nor sends it on', async () => {
		const p = await somebody()
		await p.open('0000-0000-0000-0000-0000-0000-0001')
		await p.alert().waitFor()
		assert.equal(await p.box('Receipt').inputValue(), '')
		assert.doesNotMatch(p.page.url(), /0000/)
	})
})

describe('terms', () => {
	test('another date, with hour and zone, and what was typed survives a mistake and an ended session', async () => {
		const p = await somebody()
		const receipt = await p.report()
		await site.play('-invite', 'Frob Inc.')
		await p.open(receipt)
		const propose = async (date, hour, why) => {
			await p.page.getByLabel('Date to publish').fill(date)
			await p.page.getByLabel('Hour to publish').fill(hour)
			await p.box('Time zone').fill('Europe/Warsaw')
			await p.box('Reason for this date').fill(why)
			await p.button('Propose this date').click()
		}
		// The clocks go forward on the last Sunday of March.
		const year = new Date().getUTCFullYear() + 1
		const gap = new Date(Date.UTC(year, 2, 31))
		gap.setUTCDate(31 - gap.getUTCDay())
		const day = d => d.toISOString().slice(0, 10)
		const later = day(new Date(Date.now() + 100 * 864e5))
		await propose(day(gap), '02:30', 'this hour does not exist')
		assert.match(await p.alert().innerText(), /clocks change/)
		assert.equal(await p.page.getByLabel('Date to publish').inputValue(), day(gap))
		assert.equal(await p.box('Reason for this date').inputValue(), 'this hour does not exist')
		await propose(later, '14:30', 'A talk is planned.')
		await p.page.getByRole('status').filter({ hasText: 'Your proposal has arrived.' }).waitFor()
		assert.match(await p.text(), new RegExp(`${later} 14:30 \\+0[12]:00 \\(${later} 1[23]:30 UTC\\)`))
		await p.button('Withdraw it').click()
		await p.button('Agree').click()
		await p.page.getByRole('status').waitFor()
		await p.page.getByLabel('Date to publish').fill(later)
		await p.box('Reason for this date').fill('too late')
		await p.context.clearCookies()
		await p.button('Propose this date').click()
		assert.match(await p.box('Your reply').inputValue(), new RegExp(`${later}[^]*too late`))
	})
	test('a vendor keeps the case of the link in every language, and a statement survives', async () => {
		const p = await somebody()
		await p.report()
		const said = await site.play('-invite', 'Frob Inc.')
		const v = await somebody()
		await v.page.goto(site.url + said.match(/\/(open\S+)/)[1])
		await v.link('Deutsch').click()
		await v.link('English').click()
		await v.box('Access code').fill(said.match(/code: (\S+)/)[1])
		await v.button('Open').click()
		await v.page.getByLabel('How does it stand?').selectOption({ label: 'Fixed' })
		await v.box('Statement').fill('see you')
		await v.button('Send statement').click()
		assert.match(await v.alert().innerText(), /version that holds the fix/)
		assert.equal(await v.box('Statement').inputValue(), 'see you')
		await v.box('Version with the fix').fill('3.2')
		await v.button('Send statement').click()
		await v.page.getByRole('status').waitFor()
		assert.match(await v.text(), /Fixed/)
	})
})

describe('attacks', () => {
	test('a receipt in an address opens nothing, and stands nowhere', async () => {
		const p = await somebody()
		const r = await p.report()
		for (const path of [`open?receipt=${r}`, `?receipt=${r}`, `case?receipt=${r}`, r, `open?case=${r}`]) {
			await p.page.goto(site.url + path)
			assert.ok(!(await p.page.content()).includes(r), path)
			assert.equal(await p.box('Your reply').count(), 0, path)
		}
	})
	test('forms of another site do nothing', async () => {
		const p = await somebody()
		const r = await p.report()
		await p.open(r)
		const other = createServer((_, answer) => {
			answer.setHeader('Content-Type', 'text/html')
			answer.end(`<form method=post action="${site.url}logout"><button>Out</button></form>
				<form method=post enctype=multipart/form-data action="${site.url}"><input name=product value=a><input name=description value=b><button>Report</button></form>
				<form method=post action="${site.url}open"><input name=receipt value="${r}"><button>In</button></form>`)
		})
		await new Promise(resolve => other.listen(0, '127.0.0.1', resolve))
		try {
			for (const button of ['Out', 'Report', 'In']) {
				await p.page.goto(`http://localhost:${other.address().port}/`)
				await p.button(button).click()
				await p.heading('This form came from another site').waitFor()
			}
		} finally {
			other.close()
		}
		await p.page.goto(site.url + 'case')
		await p.box('Your reply').waitFor()
	})
	test('script in every field and file stays text', async () => {
		const p = await somebody({ javaScriptEnabled: true })
		let ran = false
		p.page.on('dialog', d => { ran = true; d.dismiss() })
		const evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
		await p.home()
		for (const box of ['Affected product and version', 'Describe the vulnerability and how to see it', 'Impact', 'Name or alias', 'OpenPGP key', 'Name to thank']) await p.box(box).fill(evil)
		await p.files('<img src=x onerror=alert(1)>.svg')
		await p.send()
		await p.open(await p.receipt())
		await p.reply(evil)
		await p.page.getByRole('status').waitFor()
		assert.ok((await p.text()).includes(evil))
		assert.equal(await p.page.locator('main img, main script').count(), 0)
		assert.equal(ran, false)
	})
	test('cookies are of this site only, and pages load nothing from elsewhere', async () => {
		const p = await somebody({ javaScriptEnabled: true })
		const asked = [], said = []
		p.page.on('request', r => asked.push(r.url()))
		p.page.on('console', m => said.push(m.text()))
		await p.open(await p.report())
		for (const c of await p.context.cookies()) {
			assert.ok(c.name.startsWith('__Host-') && c.secure && c.httpOnly && c.sameSite === 'Strict', c.name)
			assert.doesNotMatch(c.value, receiptForm)
		}
		assert.deepEqual(asked.filter(u => !u.startsWith(site.url)), [])
		assert.deepEqual(said, [])
	})
})

describe('every page, by every way', () => {
	// walk goes through all pages and states, and calls look at each.
	async function walk(p, look) {
		await p.home()
		await look('report')
		await p.send()
		await look('report with errors')
		await p.home()
		await p.fill()
		await p.files('poc.txt')
		await p.send()
		const receipt = await p.receipt()
		await look('receipt')
		await p.link('Come back with your receipt').click()
		await look('open')
		await p.button('Open').click()
		await look('open with an error')
		await p.open(receipt)
		await look('case, empty')
		await p.reply('x'.repeat(300))
		await site.play('-answer', 'An answer.')
		await site.play('-invite', 'Frob Inc.')
		await p.page.reload()
		await p.heading('Until when it stays secret').waitFor()
		await look('case')
		await p.button('Send reply').click()
		await look('case with an error')
		await p.context.clearCookies()
		await p.reply('too late')
		await look('resend')
		await p.open(receipt)
		await p.button('Log out').click()
		await look('logged out')
		await p.page.goto(site.url + 'nothing')
		await look('no such page')
		await p.page.goto(site.url + 'policy')
		await look('policy')
	}
	for (const [name, options] of Object.entries({
		light: {}, dark: { colorScheme: 'dark' },
		'320 px': { viewport: { width: 320, height: 640 } },
		'zoom 400 %': { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 },
	})) {
		test(`axe finds nothing, and nothing is cut: ${name}`, async () => {
			// axe cannot run where scripts are off; the pages are the same.
			const p = await somebody({ javaScriptEnabled: true, ...options })
			const found = []
			await walk(p, async page => {
				for (const f of await p.findings()) found.push(`${page}: ${f}`)
				const wide = await p.overflow()
				if (wide > 0) found.push(`${page}: ${wide} px too wide`)
			})
			assert.deepEqual(found, [])
		})
	}
	test('by keyboard alone', async () => {
		const p = await somebody()
		await p.home()
		const key = k => p.page.keyboard.press(k)
		const at = () => p.page.evaluate(() => document.activeElement.name || document.activeElement.textContent.trim())
		const to = async name => {
			for (let i = 0; i < 60 && await at() !== name; i++) await key('Tab')
			assert.equal(await at(), name)
		}
		await key('Tab')
		assert.equal(await at(), 'To the content')
		await to('product')
		await p.page.keyboard.type('Frobnicator')
		await key('Tab')
		assert.equal(await at(), 'description')
		await p.page.keyboard.type('by keyboard')
		await to('Send report')
		await key('Enter')
		const receipt = await p.receipt()
		await to('Come back with your receipt')
		await key('Enter')
		await p.heading('Come back with your receipt').waitFor()
		await to('receipt')
		await p.page.keyboard.type(receipt)
		await key('Enter')
		await p.box('Your reply').waitFor()
		await to('reply')
		await p.page.keyboard.type('typed')
		await to('Send reply')
		await key('Enter')
		await p.page.getByRole('status').waitFor()
	})
	test('errors have the focus, and say themselves in the title', async () => {
		const p = await somebody()
		await p.home()
		await p.send()
		assert.match(await p.page.title(), /^Error/)
		assert.equal(await p.page.evaluate(() => document.activeElement.getAttribute('role')), 'alert')
	})
	test('the receipt prints', async () => {
		const p = await somebody()
		const receipt = await p.report()
		await p.page.emulateMedia({ media: 'print' })
		const text = await p.page.locator('body').innerText()
		assert.ok(text.includes(receipt))
		assert.doesNotMatch(text, /Come back with your receipt/)
	})
	test('a case prints without its forms', async () => {
		const p = await somebody()
		await p.open(await p.report({ description: 'on paper' }))
		await p.page.emulateMedia({ media: 'print' })
		const text = await p.page.locator('body').innerText()
		assert.match(text, /on paper/)
		assert.doesNotMatch(text, /Send reply|Log out/)
	})
	test('wide letters and high contrast cut nothing, and what is pressed is large enough', async () => {
		const p = await somebody({ javaScriptEnabled: true, bypassCSP: true, forcedColors: 'active', viewport: { width: 320, height: 600 } })
		await p.open(await p.report())
		await p.reply('x'.repeat(200))
		for (const path of ['', 'open', 'case', 'policy']) {
			await p.page.goto(site.url + path)
			if (path !== 'policy') {
				const small = await p.page.evaluate(() => [...document.querySelectorAll('a, button, input, select, textarea')]
					.filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).map(e => e.outerHTML))
				assert.deepEqual(small, [], path) // WCAG 2.5.8
			}
			await p.page.addStyleTag({ content: '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }' })
			assert.equal(await p.overflow(), 0, path) // WCAG 1.4.12
		}
	})
	test('screen readers hear names and descriptions', async () => {
		const p = await somebody()
		await p.home()
		await p.send()
		const box = p.box('Affected product and version')
		const words = await box.evaluate(el => el.getAttribute('aria-describedby').split(' ').map(id => document.getElementById(id).textContent).join(' '))
		assert.match(words, /Required\.[\s\S]*Say what is affected/)
		assert.equal(await box.getAttribute('aria-invalid'), 'true')
		assert.match(await p.page.locator('main').ariaSnapshot(), /button "Send report"/)
	})
	for (const [locale, send, word] of [['de-AT', 'Meldung absenden', 'Quittung'], ['pl-PL', 'Wyślij zgłoszenie', 'Pokwitowanie'],
		['fr-FR', 'Envoyer le signalement', 'Récépissé'], ['es-ES', 'Enviar informe', 'Resguardo']]) {
		test(`a browser in ${locale}`, async () => {
			const p = await somebody({ locale, javaScriptEnabled: true })
			await p.home()
			assert.equal(await p.page.locator('html').getAttribute('lang'), locale.slice(0, 2))
			await p.page.locator('#f-product').fill('Frobnicator')
			await p.page.locator('#f-description').fill('Überlauf')
			await p.button(send).click()
			await p.page.locator('#receipt').waitFor()
			assert.match(await p.text(), new RegExp(word, 'i'))
			assert.deepEqual(await p.findings(), [])
			const receipt = await p.page.locator('#receipt').textContent()
			await p.link('English').click()
			await p.page.getByRole('heading', { name: 'Your receipt' }).waitFor()
			assert.equal(await p.page.locator('#receipt').textContent(), receipt)
			await p.home()
			await p.button('Send report').waitFor()
		})
	}
})
