/**
 * The `next/*` modules by themselves: their names, URLs, cookies, navigation, cache, user agents.
 */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { splitSetCookie } from '../next/cookie-text.ts';
import { RequestCookies, ResponseCookies } from '../next/cookies.ts';
import { installNextGlobals } from '../next/globals.ts';
import { nextModules } from '../next/modules.ts';
import { isRedirectLike } from './navigation-cases.ts';
import { NextURL, trustedNextUrl } from '../next/next-url.ts';
import { NextResponse } from '../next/response.ts';
import { userAgent, userAgentFromString } from '../next/user-agent.ts';
import { Seeded } from './differential.ts';
import { route } from './harness.ts';

const table = JSON.parse(
  readFileSync(new URL('../../../crates/routewerk-bundle/runtime/next/exports.json', import.meta.url), 'utf8'),
) as Record<string, string[]>;

describe('the globals of Next.js', () => {
  it('are found by packages that look through the names of globalThis', () => {
    const globals = globalThis as unknown as Record<string, unknown>;
    installNextGlobals({ keepAlive: false });
    assert.deepEqual(globals['__NEXT_HTTP_AGENT_OPTIONS'], { keepAlive: false });
    installNextGlobals(undefined);
    assert.deepEqual(globals['__NEXT_HTTP_AGENT_OPTIONS'], { keepAlive: true });
    assert.equal(globals['AsyncLocalStorage'], AsyncLocalStorage);
    const names = Object.keys(globalThis);
    assert.ok(names.includes('__NEXT_HTTP_AGENT_OPTIONS') && names.includes('AsyncLocalStorage'));
  });
});

describe('exports.json', () => {
  it('lists the served modules and their names, sorted', () => {
    const served = Object.fromEntries(Object.entries(nextModules).map(([name, module]) => [name, Object.keys(module).sort()]));
    assert.deepEqual(served, table);
    assert.deepEqual(Object.keys(table), Object.keys(table).sort());
  });

  it('names nothing that is undefined, but for URLPattern on a platform that has none', () => {
    for (const [specifier, module] of Object.entries(nextModules)) {
      for (const [name, value] of Object.entries(module)) {
        assert.ok(value !== undefined || (name === 'URLPattern' && !('URLPattern' in globalThis)), `${specifier} ${name}`);
      }
    }
  });
});

describe('NextURL', () => {
  const PARTS = ['href', 'origin', 'protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'username', 'password'] as const;
  const dump = (url: NextURL): unknown => [...PARTS.map((part) => url[part]), [...url.searchParams], String(url), JSON.stringify(url)];

  it('of a request’s text equals one that was parsed', () => {
    for (const text of ['http://localhost:3000/', 'http://localhost:3000/a/b%20c?x=1&y=%20&x=2', 'https://a.com/?', 'https://a.com/a?b?c=/d', 'https://a.com/t/']) {
      for (const part of PARTS) {
        assert.equal(trustedNextUrl(text)[part], new NextURL(text)[part], `${part} of ${text}`);
      }
      assert.deepEqual(dump(trustedNextUrl(text)), dump(new NextURL(text)));
    }
  });

  it('keeps its params and its query the same, however they are changed', () => {
    const random = new Seeded(3);
    for (let round = 0; round < 300; round += 1) {
      const text = random.pick(['http://localhost:3000/p', 'http://localhost:3000/p?a=1', 'http://localhost:3000/?a=1&b=2&a=3']);
      const ours = trustedNextUrl(text);
      const theirs = new URL(text);
      const handed = random.next() < 0.5 ? ours.searchParams : null;
      for (let step = 0; step < 5; step += 1) {
        switch (random.below(5)) {
          case 0:
            (handed ?? ours.searchParams).append('n', 'x y');
            theirs.searchParams.append('n', 'x y');
            break;
          case 1:
            ours.search = '?z=1';
            theirs.search = '?z=1';
            break;
          case 2:
            ours.pathname = '/q';
            theirs.pathname = '/q';
            break;
          case 3:
            assert.equal(ours.href, theirs.href);
            break;
          default:
            assert.equal(ours.search, theirs.search);
        }
      }
      assert.equal(ours.href, theirs.href);
      assert.deepEqual([...(handed ?? ours.searchParams)], [...theirs.searchParams]);
    }
  });

  it('writes the query anew where params are changed to what they were, and not where they are read', () => {
    const ours = trustedNextUrl('http://localhost:3000/p?a=x%20y&b');
    assert.equal(ours.searchParams.get('a'), 'x y');
    assert.equal(ours.href, 'http://localhost:3000/p?a=x%20y&b');
    ours.searchParams.delete('absent');
    assert.equal(ours.href, 'http://localhost:3000/p?a=x+y&b=');
  });

  it('leaves params that were handed out behind when a whole URL comes in', () => {
    const ours = trustedNextUrl('http://localhost:3000/p?a=1');
    const early = ours.searchParams;
    ours.href = 'http://localhost:3000/q?b=2';
    early.append('c', '3');
    assert.deepEqual([String(early), ours.search, String(ours.searchParams)], ['a=1&c=3', '?b=2', 'b=2']);
  });

  it('does not change the request’s url', async () => {
    const reply = await route({
      GET(request: { nextUrl: NextURL; url: string }) {
        request.nextUrl.pathname = '/changed';
        request.nextUrl.searchParams.set('a', '2');
        return Response.json([request.url, request.nextUrl.href, String(request.nextUrl.clone())]);
      },
    }).call({ url: 'http://localhost:3000/x?a=1' });
    assert.deepEqual(JSON.parse(reply.text), ['http://localhost:3000/x?a=1', 'http://localhost:3000/changed?a=2', 'http://localhost:3000/changed?a=2']);
  });

  it('knows base path, trailing slash, locales and data URLs when it is given them', () => {
    const based = new NextURL('http://a.com/docs/x/', { nextConfig: { basePath: '/docs' } });
    assert.deepEqual([based.basePath, based.pathname, based.href], ['/docs', '/x/', 'http://a.com/docs/x/']);
    based.basePath = 'other';
    assert.equal(based.href, 'http://a.com/other/x/');
    const i18n = { locales: ['en', 'fr'], defaultLocale: 'en', domains: [{ domain: 'f.com:80', defaultLocale: 'fr' }] };
    const local = new NextURL('http://a.com/FR/x', { nextConfig: { i18n } });
    assert.deepEqual([local.locale, local.pathname, local.href], ['fr', '/x', 'http://a.com/fr/x']);
    local.locale = 'en';
    assert.equal(local.href, 'http://a.com/x');
    assert.throws(() => (local.locale = 'xx'), { name: 'TypeError', message: 'The NextURL configuration includes no locale "xx"' });
    assert.deepEqual([new NextURL('http://f.com/x', { nextConfig: { i18n } }).defaultLocale], ['fr']);
    const data = new NextURL('http://a.com/_next/data/build/index.json');
    assert.deepEqual([data.buildId, data.pathname, data.href], ['build', '/', 'http://a.com/_next/data/build/index.json']);
    assert.equal(new NextURL('/x', 'http://a.com').href, 'http://a.com/x');
    assert.throws(() => new NextURL('/x'), TypeError);
    assert.equal(new NextURL('http://127.0.0.1:3000/x').href, 'http://localhost:3000/x');
    assert.equal(new NextURL('http://[::1]/').hostname, 'localhost');
    assert.equal(new NextURL('http://u:p@a.com/').href, 'http://a.com/', 'credentials are not in href');
    assert.match(inspect(new NextURL('http://a.com')), /^NextURL \{/);
  });
});

describe('cookies of requests', () => {
  const of = (text: string): RequestCookies => new RequestCookies(new Headers(text === '' ? {} : { cookie: text }));

  it('are read as Next.js reads them', () => {
    const cases: Array<[string, Array<[string, string]>]> = [
      ['', []],
      ['a=1; b=2', [['a', '1'], ['b', '2']]],
      ['a=1;b=2;a=3', [['a', '3'], ['b', '2']]],
      ['flag; a=', [['flag', 'true'], ['a', '']]],
      ['a=b=c; =x', [['a', 'b=c'], ['', 'x']]],
      ['a="q"; b=%20; c=%zz', [['a', '"q"'], ['b', ' ']]],
      ['a = 1 ;  b=2;;', [['a ', ' 1 '], ['b', '2']]],
      ['__proto__=1', [['__proto__', '1']]],
    ];
    for (const [text, expected] of cases) {
      assert.deepEqual(of(text).getAll().map(({ name, value }) => [name, value]), expected, text);
    }
  });

  it('can be changed, and write the field again', () => {
    const headers = new Headers({ cookie: 'a=1; b=2' });
    const cookies = new RequestCookies(headers);
    assert.equal(cookies.set('c', 'ü;'), cookies);
    assert.equal(headers.get('cookie'), 'a=1; b=2; c=%C3%BC%3B');
    assert.equal(cookies.delete('a'), true);
    assert.deepEqual(cookies.delete(['b', 'x']), [true, false]);
    assert.equal(cookies.set({ name: 'd', value: '4' }).size, 2);
    assert.equal(String(cookies), 'c=%C3%BC%3B; d=4');
    assert.equal(cookies.clear().size, 0);
    assert.equal(headers.get('cookie'), '');
    assert.deepEqual([...of('a=1')], [['a', { name: 'a', value: '1' }]]);
  });
});

describe('cookies of replies', () => {
  it('are read from set-cookie and written back in Next.js’s order', () => {
    const headers = new Headers({ 'set-cookie': 'a=x%20y; httponly; max-age=5; SameSite=LAX; Foo=bar; Path=/p' });
    const cookies = new ResponseCookies(headers);
    assert.deepEqual(cookies.get('a'), { name: 'a', value: 'x y', httpOnly: true, maxAge: 5, path: '/p', sameSite: 'lax' });
    cookies.set('b', '1');
    assert.deepEqual(headers.getSetCookie(), ['a=x%20y; Path=/p; Max-Age=5; HttpOnly; SameSite=lax', 'b=1; Path=/']);
    cookies.delete({ name: 'b', path: '/q' });
    assert.equal(headers.getSetCookie()[1], 'b=; Path=/q; Expires=Thu, 01 Jan 1970 00:00:00 GMT');
    assert.equal(cookies.has('a'), true);
    assert.equal(cookies.getAll({ name: 'a' }).length, 1);
  });

  it('of a NextResponse are mirrored for proxies, and options are left as they were', () => {
    const response = NextResponse.json({});
    const options = { maxAge: 10 };
    assert.equal(response.cookies.set('a', '1', options).get('a')?.value, '1');
    response.cookies.set('b', '2');
    assert.deepEqual(options, { maxAge: 10 });
    assert.match(String(response.headers.get('x-middleware-set-cookie')), /^a=1; Path=\/; Expires=.*; Max-Age=10,b=2; Path=\/$/);
    assert.equal(response.headers.getSetCookie().length, 2);
  });

  it('that were joined by commas are told apart', () => {
    const cases: Array<[string, string[]]> = [
      ['', []],
      ['a=1', ['a=1']],
      ['a=1, b=2,c=3', ['a=1', 'b=2', 'c=3']],
      ['a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT, b=2', ['a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT', 'b=2']],
      ['a=x,y; b, c=3', ['a=x,y; b', 'c=3']],
      ['a=1,', ['a=1,']],
    ];
    for (const [text, expected] of cases) {
      assert.deepEqual(splitSetCookie(text), expected, text);
    }
  });
});

describe('NextResponse', () => {
  it('redirects to absolute URLs only', () => {
    const redirect = NextResponse.redirect('https://a.com/x y');
    assert.deepEqual([redirect.status, redirect.headers.get('location'), redirect.body], [307, 'https://a.com/x%20y', null]);
    assert.equal(NextResponse.redirect(new NextURL('https://a.com'), 308).status, 308);
    const full = NextResponse.redirect('https://a.com', { status: 303, headers: { a: '1', location: 'x' } });
    assert.deepEqual([...full.headers], [['a', '1'], ['location', 'https://a.com/']]);
    assert.throws(() => NextResponse.redirect('/x'), { message: /^URL is malformed "\/x"\. Please use only absolute URLs/ });
    assert.throws(() => NextResponse.redirect('https://a.com', 200), { name: 'RangeError', message: 'Failed to execute "redirect" on "response": Invalid status code' });
  });

  it('marks what only a proxy may return', () => {
    const request = { headers: new Headers({ q: '1', 'x-y': '2' }) };
    assert.deepEqual([...NextResponse.next({ request }).headers], [
      ['x-middleware-next', '1'],
      ['x-middleware-override-headers', 'q,x-y'],
      ['x-middleware-request-q', '1'],
      ['x-middleware-request-x-y', '2'],
    ]);
    assert.equal(NextResponse.rewrite('https://a.com').headers.get('x-middleware-rewrite'), 'https://a.com/');
    assert.throws(() => NextResponse.next({ request: { headers: { q: '1' } as never } }), { message: 'request.headers must be an instance of Headers' });
  });

  it('is a Response', async () => {
    const made = new NextResponse('x', { status: 201 });
    assert.ok(made instanceof Response && made instanceof NextResponse);
    assert.equal(await made.clone().text(), 'x');
    assert.equal(made.url, '');
    const json = NextResponse.json({ a: 1 }, { status: 202, headers: { 'content-type': 'application/x' } });
    assert.deepEqual([json.status, json.headers.get('content-type'), await json.json()], [202, 'application/x', { a: 1 }]);
    assert.throws(() => NextResponse.json(undefined), { name: 'TypeError', message: 'Value is not JSON serializable' });
    assert.match(inspect(made), /^NextResponse \{/);
  });
});

describe('next/navigation', () => {
  const { unstable_rethrow, redirect, notFound, ReadonlyURLSearchParams, RedirectType } = nextModules['next/navigation'] as never as {
    unstable_rethrow(error: unknown): void;
    redirect(url: string, type?: string): never;
    notFound(): never;
    ReadonlyURLSearchParams: typeof URLSearchParams;
    RedirectType: Record<string, string>;
  };

  it('throws errors with the messages and digests of Next.js', () => {
    assert.throws(() => redirect('/p;q'), isRedirectLike('NEXT_REDIRECT', 'NEXT_REDIRECT;replace;/p;q;307;'));
    assert.throws(() => redirect('/p', RedirectType['push']), isRedirectLike('NEXT_REDIRECT', 'NEXT_REDIRECT;push;/p;307;'));
    assert.throws(() => notFound(), isRedirectLike('NEXT_HTTP_ERROR_FALLBACK;404', 'NEXT_HTTP_ERROR_FALLBACK;404'));
  });

  it('takes a posted form for an action', async () => {
    const reply = await route({
      POST() {
        try {
          redirect('/p');
        } catch (error) {
          return Response.json((error as { digest: string }).digest);
        }
      },
    }).call({ method: 'POST', headers: [['content-type', 'multipart/form-data; boundary=x']] });
    assert.equal(reply.text, '"NEXT_REDIRECT;push;/p;307;"');
  });

  it('rethrows what steers the framework, also as a cause, and nothing else', () => {
    const steering = Object.assign(new Error('x'), { digest: 'NEXT_HTTP_ERROR_FALLBACK;404' });
    assert.throws(() => unstable_rethrow(steering), steering);
    assert.throws(() => unstable_rethrow(new Error('outer', { cause: steering })), steering);
    for (const plain of [new Error('x'), 'text', null, undefined, { digest: 'x' }, new Error('o', { cause: new Error('i') })]) {
      unstable_rethrow(plain);
    }
  });

  it('has search params that cannot be changed', () => {
    const params = new ReadonlyURLSearchParams('a=1');
    assert.equal(params.get('a'), '1');
    for (const method of ['append', 'set', 'delete', 'sort'] as const) {
      assert.throws(() => (params[method] as (a: string, b: string) => void)('a', 'b'), /Method unavailable on `ReadonlyURLSearchParams`/);
    }
  });
});

describe('next/cache', () => {
  const cache = nextModules['next/cache'] as Record<string, (...args: unknown[]) => unknown>;

  it('checks the options of cached functions', () => {
    const make = (revalidate: unknown) => (): unknown => cache['unstable_cache']?.(() => 1, [], { revalidate });
    assert.throws(make(0), /^Error: Invariant revalidate: 0 can not be passed to unstable_cache\(\)/);
    assert.throws(make(-1), /Invalid revalidate value "-1" on "unstable_cache .*", must be a non-negative number or false/);
  });

  it('throws in a handler what Next.js throws', async () => {
    const cases: Array<[string, unknown[], RegExp]> = [
      ['updateTag', ['t'], /^updateTag can only be called from within a Server Action\./],
      ['refresh', [], /^refresh can only be called from within a Server Action\./],
      ['cacheLife', ['max'], /^`cacheLife\(\)` is only available with the `cacheComponents` config\.$/],
      ['cacheTag', ['t'], /^`cacheTag\(\)` is only available with the `cacheComponents` config\.$/],
      ['prefetch', [], /^Route \/x used `prefetch\(\)`, which requires Cache Components to be enabled\./],
    ];
    for (const [name, args, expected] of cases) {
      const reply = await route({
        GET() {
          try {
            cache[name]?.(...args);
            return new Response('nothing');
          } catch (error) {
            return new Response((error as Error).message);
          }
        },
      }).call();
      assert.match(reply.text, expected);
    }
  });

  it('takes revalidations, warns as Next.js does, and refuses them outside a request', async () => {
    const bench = route({
      async GET() {
        cache['revalidatePath']?.('/p');
        cache['revalidatePath']?.('/p/[id]');
        cache['revalidatePath']?.('/p/[id]', 'route');
        cache['revalidatePath']?.(`/${'x'.repeat(1024)}`);
        cache['revalidateTag']?.('t', 'max');
        cache['revalidateTag']?.('t');
        cache['unstable_noStore']?.();
        await cache['io']?.();
        return new Response('ok');
      },
    });
    assert.equal((await bench.call()).text, 'ok');
    assert.deepEqual(bench.logs.map((line) => line.slice(0, 60)), [
      'warn: Warning: a dynamic page path "/p/[id]" was passed to "',
      `warn: Warning: revalidatePath received "/${'x'.repeat(19)}`,
      'warn: "revalidateTag" without the second argument is now dep',
    ]);
    assert.throws(() => cache['revalidateTag']?.('t', 'max'), /^Error: Invariant: static generation store missing in revalidateTag\("t"\)$/);
  });
});

describe('next/server and next/og', () => {
  it('say where ImageResponse is, and that it is not supported yet', () => {
    const server = nextModules['next/server']?.['ImageResponse'] as () => void;
    assert.throws(() => server(), /ImageResponse moved from "next\/server" to "next\/og" since Next\.js 14/);
    const og = nextModules['next/og']?.['ImageResponse'] as new () => void;
    assert.throws(
      () => new og(),
      (error: Error) => {
        assert.match(error.message, /`ImageResponse` of `next\/og` is not supported yet/);
        assert.match(error.stack?.split('\n')[1] ?? '', /next-modules\.test/);
        return true;
      },
    );
  });

  it('tell browsers, systems, devices and bots from their user agents', () => {
    const cases: Array<[string, string]> = [
      ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36', 'Chrome 126.0.0.0|Blink|Windows 10||amd64'],
      ['Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Safari/605.1.15', 'Safari 17.4.1|WebKit|Mac OS 14.5|Apple Macintosh|'],
      ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1', 'Mobile Safari 17.4.1|WebKit|iOS 17.5|Apple iPhone mobile|'],
      ['Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1', 'Chrome 126.0.6478.54|WebKit|iOS 17.5|Apple iPad tablet|'],
      ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', 'Firefox 127.0|Gecko|Ubuntu||amd64'],
      ['Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0 Mobile Safari/537.36', 'Chrome 112.0.0.0|Blink|Android 13|Samsung SM-S901B mobile|'],
      ['Mozilla/5.0 (Linux; Android 12; SM-T870) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36', 'Chrome 120.0.0.0|Blink|Android 12|Samsung SM-T870 tablet|'],
      ['Mozilla/5.0 (Linux; Android 14; Pixel 7 Build/UQ1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.71 Mobile Safari/537.36', 'Chrome WebView 126.0.6478.71|Blink|Android 14|Google Pixel 7 mobile|'],
      ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0', 'Edge 126.0.0.0|Blink|Windows 10||amd64'],
      ['Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; AS; rv:11.0) like Gecko', 'IE 11.0|Trident|Windows 7||amd64'],
      ['Mozilla/5.0 (X11; CrOS aarch64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36', 'Chrome 126.0.0.0|Blink|Chromium OS 14541.0.0||arm64'],
      ['Mozilla/5.0 (PlayStation 4 11.02) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15', 'Safari 13.0|WebKit|PlayStation 4|Sony PlayStation 4 console|'],
      ['Mozilla/5.0 (Linux; Android 9; Chromecast) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.225 Safari/537.36 CrKey/1.56.500000', 'Chrome 90.0.4430.225|Blink|Android 9|Google Chromecast smarttv|'],
      ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', '||||bot'],
      ['curl/8.5.0', '||||'],
      ['', '||||'],
    ];
    for (const [text, expected] of cases) {
      const { ua, browser, engine, os, device, cpu, isBot } = userAgentFromString(text);
      assert.equal(ua, text);
      const join = (...words: Array<string | undefined>): string => words.filter((word) => word !== undefined).join(' ');
      const found = [join(browser.name, browser.version), join(engine.name), join(os.name, os.version), join(device.vendor, device.model, device.type), join(cpu.architecture, isBot ? 'bot' : undefined)];
      assert.equal(found.join('|'), expected, text);
    }
    assert.deepEqual(userAgent({ headers: new Headers() }), userAgentFromString(undefined));
    assert.equal(userAgentFromString('Chrome/126.0').browser.major, '126');
  });

  it('read a user agent of any length and content in no time', () => {
    const random = new Seeded(5);
    const started = performance.now();
    for (let round = 0; round < 50; round += 1) {
      const text = Array.from({ length: 4000 }, () => random.pick(['Android ', '; ', 'Chrome/', ' ', '(', ')', 'a', '1.', 'Version/', 'Safari', 'rv:', 'Mobile'])).join('');
      userAgentFromString(text);
    }
    assert.ok(performance.now() - started < 5000);
  });
});
