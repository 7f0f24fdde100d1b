// Records what Next.js 16.4.6 makes of rules: which paths a source matches and what it takes from them, what a destination
// becomes, which requests meet `has` and `missing`. `../oracle.rs` compares ours with it.
//
//     node record.mjs <folder with node_modules/next>
//
// The inputs are the lists below and sources put together from pieces by a generator of fixed seed, so that a second run
// writes the same file.

import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const require = createRequire(resolve(process.argv[2], 'index.js'))
const { getPathMatch } = require('next/dist/shared/lib/router/utils/path-match.js')
const { modifyRouteRegex } = require('next/dist/lib/redirect-status.js')
const { parse, tokensToRegexp } = require('next/dist/compiled/path-to-regexp')
const { prepareDestination, matchHas, compileNonPath } = require('next/dist/shared/lib/router/utils/prepare-destination.js')

let state = 20261122
const random = (limit) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return Math.floor((state / 4294967296) * limit)
}
const pick = (list) => list[random(list.length)]

const sources = [
  '/', '/a', '/a/', '/a/b', '/A/b', '/:x', '/a/:x', '/a/:x/b', '/a/:x/', '/a/:x?', '/a/:x*', '/a/:x+', '/:x*', '/:x+',
  '/:a/:b', '/:a/:b?', '/:a/:b*', '/:a-:b', '/:a--:b', '/:a.:b', '/:a(\\d+)', '/:a(\\d{1,3})/:b', '/a/(.*)', '/(.*)', '/a(.*)',
  '/:x(.*)', '/a/:x(.*)', '/((?!api|_next).*)', '/a/((?!b).*)', '/:x((?!b$).*)', '/a{/:x}?', '/a{/:x}*', '/a{/x/:x/y}+', '/a{b}?', '/a{b}+',
  '/a\\:b', '/a\\(b\\)', '/a\\.b', '/a.b', '/a+', '/a*', '/a?', '/learning/?', '/feedback/(?!general)', '/:x(a|b)', '/:x(a|b)+', '/:x(a|b)*',
  '/:x([a-z]+)', '/:x([^/]+)', '/:x([^\\/]+)\\.json', '/blog/:slug(\\d{1,})', '/:x(\\w+)', '/:x(\\W+)', '/:x(\\s)', '/:x([\\d-]+)', '/:x([\\]])', '/:x(\\u0061+)',
  '/:x(\\x61+)', '/:x(.)', '/:x(.{2})', '/:x(.{2,})', '/:x(a{)', '/:x(a{1)', '/:x(a{,2})', '/:x([)', '/:x(])', '/:x(a**)', '/:x(a??)', '/:x(a+?)b',
  '/:x(()', '/:x(a(b)c)', '/:x(a(?:b)c)', '/:x(?:a)', '/()', '/:', '/:x:y', '/:x(a):y', '/:x(a):y(b)', '/{:x}', '/{a:x}', '/{a:x}?', '/{', '/a}', '/a{b',
  '/a{(b)}', '/a{(b)}?', '/{/:x}*', '/:x(a)*', '(a)*', '/a(b)*', '/:1', '/:x_y/:z9', '/ünï/:x', '/a%20b', '/:x%20:y', '/:lang(en|es)/:path*',
  '/:path*/x', '/a/:path*/b', '/:path+/x/:rest*', '/.well-known/:x', '/:file((?!\\.well-known(?:/.*)?)(?:[^/]+/)*[^/]+\\.\\w+)', '/:x(\\d+)-:y(\\d+)',
  '/:x((a|b))', '/:x((?:a|b)+)', '/:x((?=a).*)', '/:x((?<=/)a)', '/a|b', '/a^b$', '/:x(^a$)', '/:x(\\ba\\b)', '/:x(\\Ba)', '/:x(a\\)b)', '/:x(\\1)', '/:x((?:(?!b).)*)',
  '/:x(a|)', '/:x(|a)', '/:x([a-])', '/:x([-a])', '/:x([a\\-b])', '/:x([^])', '/:x([])', '/:x(\\cA)', '/:x(\\0)', '/:x(\\d+(?:\\.\\d+)?)', '/en:x', '/en-:x*', '/:x*-en',
  '/:x.html', '/:x?.html', '/a/:x.:y?', '/:x(\\d+)?', '/:x(\\d+)?/b', '/(\\d+)/(\\w+)', '/docs/:v(v\\d)/:path*', '', 'a', ':x', '/a//b', '/a/../b', '/a b', '/a/:x#b', '/a?b',
]
const pieces = [
  '/', 'a', 'b', 'ab', '-', '.', '/a', '/b', ':x', ':y', '/:x', '/:y', ':x*', '/:x*', '/:x+', '/:x?', '/:y*', '(a|b)', '(\\d+)', '(.*)', '/(.*)', '/:x(\\d+)',
  '/:x([^/]*)', '{/a}?', '{/:y}?', '{-:y}*', '\\:', '\\(', '((?!b).*)', '/:x((?!ab)[^/]+)', '/:y([a-b]{1,2})', '%20', '_', '1',
]
for (let count = 0; count < 150; count += 1) {
  let source = '/'
  for (let length = 1 + random(4); length > 0; length -= 1) source += pick(pieces)
  if (!sources.includes(source)) sources.push(source)
}

const paths = [
  '/', '/a', '/a/', '/A', '/a/b', '/a/B/', '/a/b/c', '/a/b/c/', '/b', '/ab', '/abc', '/a-b', '/a--b', '/a-b-c', '/a.b', '/a.b.c', '/1', '/12', '/12/a',
  '/123/b/', '/1234', '/a/1', '/a/1/b', '/a%20b', '/a%2Fb', '/a%2fb/c', '/:b', '/a:b', '/a(b)', '/a+', '/en/x/y', '/es', '/x.html', '/.html', '/x/y/x',
  '/api/x', '/_next/x', '/_NEXT', '/.well-known/x', '/x.json', '/v1', '/docs/v1/a/b', '/docs/v1', '/a_b', '/ab/ab', '/aab', '/b/a', '/%C3%BC', '/1.5', '/a|b', '/1-2',
]
const randomPath = () => {
  let path = ''
  for (let length = 1 + random(4); length > 0; length -= 1) path += '/' + pick(['a', 'b', 'ab', 'A', '1', '12', 'a-b', 'a.b', '%20', 'b1', ':', '('])
  return pick([path, path, `${path}/`])
}

const matched = (source, sensitive) => {
  const match = getPathMatch(source, {
    strict: true, removeUnnamedParams: true, sensitive, regexModifier: (regex) => modifyRouteRegex(regex),
  })
  const tried = [...paths, ...Array.from({ length: 12 }, randomPath)]
  const found = {}
  const missed = []
  for (const path of tried) {
    const params = match(path)
    if (params) found[path] = params
    else missed.push(path)
  }
  return { source, sensitive, found, missed: missed.filter((_, index) => index % 3 === 0) }
}

const attempt = (work) => {
  try {
    return work()
  } catch (error) {
    return { error: error.message }
  }
}

const patterns = sources.map((source, index) => {
  const answer = attempt(() => matched(source, index % 5 === 0))
  return 'error' in answer ? { source, sensitive: index % 5 === 0, error: answer.error } : answer
})
const lengths = sources.map((source) => attempt(() => ({ source, length: tokensToRegexp(parse(source)).source.length }))).filter((one) => 'length' in one)

const params = [
  {}, { x: 'a' }, { x: 'a%2Fb', y: 'q' }, { x: ['a', 'b'] }, { x: ['a', 'b%20c'], y: 'z' }, { y: '1' }, { x: 'a', y: ['1', '2'], id: '7' },
]
const destinations = [
  '/', '/b', '/b/', '/b/:x', '/b/:x/c', '/b/:x*', '/b/:x+', '/:x*', '/:x', '/b/:x/:y', '/:y/:x*', '/b?x=:x', '/b?q=:x*&r=1', '/b?a=1&a=2', '/b?bare', '/b?x=:z',
  '/b#h', '/b#:x', '/b?x=1#h', '/b?a=%20+b', '/a b', '/é', '/a/../b', '/a/./b', '/b?u=https://www.example.com/login', 'https://e.com', 'https://e.com/', 'https://e.com/:x*',
  'https://e.com/:x', 'https://:y.e.com/p', 'http://e.com:8080/:x*?q=:y', 'https://e.com:443/', 'https://u:p@e.com/x', '/b/:x-:y', '/b/{:x}', '/b/:x(.*)', '/b/:x.json',
  '/b?t=:x-:y', '/b?t=a:', '/b?t=:x?', '/b?t=(:x)', '/b?t={:x}', '//e.com/x', '/\\e.com', '/b/:x*/c', '/b/:x*?k=v',
]
const filled = destinations.flatMap((destination) =>
  params.map((values) => ({
    destination,
    params: values,
    ...attempt(() => {
      const query = { q: 'sent' }
      const { parsedDestination: made } = prepareDestination({ appendParamsToQuery: true, destination, params: { ...values }, query })
      return { protocol: made.protocol, hostname: made.hostname, port: made.port, path: made.pathname, hash: made.hash, query: made.query }
    }),
  })),
)

const texts = [
  'plain', ':x', ':x:', 'a:x', '/:x*', ':x*', ':x+', ':x?', 'a.:x*', 'x-:x*', ':x/:y', ':xy', ':x_', ':z', 'http://:y/:x*', '(:y)', ':y{2}', 'a::y', ':y*', 'max-age=:y', ':x* :y', '::', ': y',
]
const written = texts.flatMap((text) =>
  params.map((values) => ({ text, params: values, ...attempt(() => ({ written: Object.keys(values).length > 0 ? compileNonPath(text, values) : text })) })),
)

const requests = [
  { headers: {}, query: {} },
  { headers: { host: 'Example.com:3000', 'x-a': 'yes', cookie: 'c=1; d="q u"; e=%20; c=2' }, query: { q: '1' } },
  { headers: { host: 'sub.example.com', 'x-a': '', cookie: 'c' }, query: { q: ['1', '22'], r: '' } },
  { headers: { host: 'localhost', 'x-a': 'no-42', cookie: 'c=; bad=%zz;f = g ' }, query: { q: 'a/b', 'k-1': 'v' } },
]
const items = [
  [[{ type: 'header', key: 'X-A' }], []], [[{ type: 'header', key: 'x-a', value: 'yes' }], []], [[{ type: 'header', key: 'x-a', value: 'y' }], []],
  [[{ type: 'header', key: 'x-a', value: 'no-(?<n>\\d+)' }], []], [[{ type: 'header', key: 'x-a', value: '(?<w>yes|no).*' }], []], [[{ type: 'header', key: 'x-a', value: '(yes|no).*' }], []],
  [[{ type: 'cookie', key: 'c' }], []], [[{ type: 'cookie', key: 'd' }], []], [[{ type: 'cookie', key: 'e' }], []], [[{ type: 'cookie', key: 'bad' }], []], [[{ type: 'cookie', key: 'f', value: 'g' }], []],
  [[{ type: 'query', key: 'q' }], []], [[{ type: 'query', key: 'q', value: '\\d+' }], []], [[{ type: 'query', key: 'q', value: '(?<d>\\d+)' }], []], [[{ type: 'query', key: 'r' }], []], [[{ type: 'query', key: 'k-1' }], []],
  [[{ type: 'host', value: 'example.com' }], []], [[{ type: 'host', value: '(?<sub>.*)\\.example\\.com' }], []], [[{ type: 'host', value: '.*' }], []],
  [[], [{ type: 'header', key: 'x-a' }]], [[], [{ type: 'query', key: 'q', value: '1' }]], [[{ type: 'query', key: 'q' }], [{ type: 'cookie', key: 'c', value: '1' }]],
  [[{ type: 'query', key: 'q' }, { type: 'header', key: 'x-a', value: 'a|yes' }], []], [[{ type: 'header', key: 'x-a', value: 'es' }], []], [[{ type: 'header', key: 'x-a', value: 'x|es' }], []],
  [[{ type: 'header', key: 'x-a', value: '(?<a>y)?(?<b>n)?.*' }], []], [[{ type: 'header', key: 'x-a', value: '' }], []],
]
const met = items.flatMap(([has, missing]) =>
  requests.map((request) => ({ has, missing, request, met: matchHas({ headers: request.headers }, request.query, has, missing) })),
)

// One line for each, so that a difference is a line.
const section = (name, list) => `"${name}": [\n${list.map((one) => JSON.stringify(one)).join(',\n')}\n]`
const text = Object.entries({ patterns, lengths, filled, written, met }).map(([name, list]) => section(name, list)).join(',\n')
writeFileSync(new URL('recorded.json', import.meta.url), `{\n${text}\n}\n`)
