// Takes a picture of every page, at two widths, light and dark, and on paper:
//
//	node shots.mjs DIR
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { logIn, readAccount } from './accounts.mjs'
import { person, start, startExample } from './site.mjs'

const dir = process.argv[2]
if (!dir) throw new Error('usage: node shots.mjs DIR')
await mkdir(dir, { recursive: true })
const site = await start('-policy', join(dirname(fileURLToPath(import.meta.url)), 'policy.txt'))
try {
	for (const width of [360, 1280]) for (const colorScheme of ['light', 'dark']) {
		const p = await person(site, { viewport: { width, height: 800 }, colorScheme })
		const shot = name => p.page.screenshot({ path: join(dir, `${name}-${width}-${colorScheme}.png`), fullPage: true })
		await p.home()
		await shot('report')
		await p.send()
		await shot('report-errors')
		await p.home()
		await p.fill()
		await p.files('poc.txt', 'log.txt')
		await p.send()
		const receipt = await p.receipt()
		await shot('receipt')
		if (width === 1280 && colorScheme === 'light') await p.page.pdf({ path: join(dir, 'receipt.pdf') })
		await p.link('Come back with your receipt').click()
		await shot('open')
		await p.button('Open').click()
		await shot('open-errors')
		await p.open(receipt)
		await shot('case-new')
		await p.reply('Version 3.0 is affected too.')
		await site.play('-answer', 'Thank you. We see it too, and work on a fix.')
		const said = await site.play('-invite', 'Frob Inc.')
		await p.page.reload()
		await shot('case')
		const v = await person(site, { viewport: { width, height: 800 }, colorScheme })
		await v.page.goto(site.url + said.match(/\/(open\S+)/)[1])
		await v.page.screenshot({ path: join(dir, `link-${width}-${colorScheme}.png`), fullPage: true })
		await v.box('Access code').fill(said.match(/code: (\S+)/)[1])
		await v.button('Open').click()
		await v.heading('Your products').waitFor()
		await v.page.screenshot({ path: join(dir, `vendor-${width}-${colorScheme}.png`), fullPage: true })
		await v.context.close()
		await p.context.clearCookies()
		await p.reply('This comes too late.')
		await shot('resend')
		await p.open(receipt)
		await p.button('Log out').click()
		await shot('bye')
		await p.page.goto(site.url + 'nothing')
		await shot('lost')
		await p.page.goto(site.url + 'policy')
		await shot('policy')
		await p.context.close()
	}
} finally {
	await site.stop()
}

const names = ['anna', 'ben', 'carla', 'dora']
const accounts = {}
const host = await startExample('login', [], async play => {
	for (const name of names) accounts[name] = readAccount(await play('-add', name))
})
try {
	for (const width of [360, 1280]) for (const colorScheme of ['light', 'dark']) {
		const name = names.pop()
		const p = await person(host, { viewport: { width, height: 800 }, colorScheme, javaScriptEnabled: true })
		const shot = name => p.page.screenshot({ path: join(dir, `${name}-${width}-${colorScheme}.png`), fullPage: true })
		await p.page.goto(host.url + 'account/')
		await p.button('Log in').click()
		await shot('login')
		await p.link('Use a passkey').click()
		await shot('passkey')
		await logIn(p, name, accounts[name])
		await shot('account')
		await p.page.goto(host.url + 'cases')
		await shot('cases-none')
		await p.report({ product: 'A product with a name that is rather long, as names of products are, version 12.4 and newer' })
		await p.page.goto(host.url + 'cases')
		await shot('cases')
		await p.context.close()
	}
} finally {
	await host.stop()
}
