/** What a generation is answered, and what is said of it: the facts that cross with the reply. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { generateParams } from '../handler/static-params.ts';
import { after, connection } from '../next/server.ts';
import { cookies, draftMode, headers } from '../next/headers.ts';
import { redirect } from '../next/navigation.ts';
import { unstable_noStore } from '../next/cache.ts';
import type { NextRequest } from '../next/request.ts';
import { route } from './harness.ts';
import type { Bench } from './harness.ts';
import type { RecordedReply } from './fake-call.ts';

const BUILD = 1;
const REGENERATION = 2;

interface Facts {
  readonly dynamic: string | null;
  readonly failure: string | null;
  readonly revalidate: number | false | null;
  readonly expire: number | null;
  readonly tags: string[];
}

function factsOf(reply: RecordedReply): Facts {
  return JSON.parse(reply.facts ?? 'null') as Facts;
}

function generation(bench: Bench, kind = BUILD, url = 'http://localhost:3000/x'): Promise<RecordedReply> {
  return bench.call({ generation: kind, url });
}

describe('a generation', () => {
  it('answers whole, also a stream, with the route\'s lifetime and tags', async () => {
    const stream = (): ReadableStream =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('one '));
          setTimeout(() => {
            controller.enqueue(new TextEncoder().encode('two'));
            controller.close();
          }, 1);
        },
      });
    const reply = await generation(route({ revalidate: 60, GET: () => new Response(stream(), { headers: { 'x-a': '1' } }) }));
    assert.equal(reply.end_, 'whole');
    assert.equal(reply.text, 'one two');
    assert.equal(reply.field('x-a'), '1');
    assert.deepEqual(factsOf(reply), {
      dynamic: null,
      failure: null,
      revalidate: 60,
      expire: null,
      tags: ['_N_T_/layout', '_N_T_/x/layout', '_N_T_/x/route', '_N_T_/x'],
    });
  });

  it('has the tags of a pattern, of groups and of the path as it was requested', async () => {
    const bench = route(
      { revalidate: false, GET: () => new Response('') },
      { pattern: '/a/[id]', file: 'src/app/(shop)/a/[id]/route.ts', params: [{ name: 'id', kind: 'single' }] },
    );
    const reply = await bench.call({ generation: BUILD, url: 'http://localhost:3000/a/b%20c', params: ['b%20c'] });
    const { tags, revalidate } = factsOf(reply);
    assert.equal(revalidate, false);
    assert.deepEqual(tags, [
      ...['_N_T_/layout', '_N_T_/(shop)/layout', '_N_T_/(shop)/a/layout', '_N_T_/(shop)/a/[id]/layout'],
      ...['_N_T_/(shop)/a/[id]/route', '_N_T_/a/b%20c'],
    ]);
  });

  const uses: ReadonlyArray<readonly [string, (request: NextRequest) => unknown]> = [
    ['headers', () => headers()],
    ['cookies', () => cookies()],
    ['connection', () => connection()],
    ['unstable_noStore()', () => unstable_noStore()],
    ['request.url', (request) => request.url],
    ['request.headers', (request) => request.clone().headers],
    ['request.json', (request) => request.json],
    ['nextUrl.searchParams', (request) => request.nextUrl.searchParams],
    ['nextUrl.toString', (request) => request.nextUrl.clone().toString],
    ['draftMode().enable()', async () => (await draftMode()).enable()],
  ];
  for (const [name, use] of uses) {
    it(`of a build is dynamic with ${name}, silently, also where the handler catches what is thrown`, async () => {
      const plain = route({ GET: async (request: NextRequest) => new Response(String(await use(request))) });
      const thrown = await generation(plain);
      assert.deepEqual([factsOf(thrown).dynamic, factsOf(thrown).failure, thrown.status], [name, null, 500]);
      assert.deepEqual(plain.logs, []);
      const caught = route({
        async GET(request: NextRequest) {
          try {
            await use(request);
          } catch {
            // As users do around what may fail.
          }
          return new Response('all the same');
        },
      });
      const reply = await generation(caught);
      assert.deepEqual([factsOf(reply).dynamic, reply.text], [name, 'all the same']);
    });
  }

  it('at run time fails with what was used, which is logged', async () => {
    const bench = route({ GET: async () => new Response((await headers()).get('host')) }, { pattern: '/isr' });
    const reply = await generation(bench, REGENERATION);
    const text =
      "Route /isr couldn't be rendered statically because it used `headers`. See more info here: https://nextjs.org/docs/messages/dynamic-server-error";
    assert.equal(reply.status, 500);
    assert.ok(factsOf(reply).failure?.includes(text));
    assert.equal(bench.logs.length, 1);
    assert.ok(bench.logs[0]?.includes(text));
  });

  it('at run time is kept for no time where the handler has caught the error', async () => {
    const caught = async (): Promise<Response> => {
      try {
        await headers();
      } catch {
        // As users do around what may fail.
      }
      return new Response('all the same');
    };
    const reply = await generation(route({ revalidate: 60, GET: caught }), REGENERATION);
    const { dynamic, failure, revalidate } = factsOf(reply);
    assert.deepEqual([reply.status, reply.text, dynamic, failure, revalidate], [200, 'all the same', null, null, 0]);
  });

  it('under `dynamic = error` fails with Next.js\'s words, in a build without logging them', async () => {
    const request = route({ dynamic: 'error', GET: (request: NextRequest) => new Response(request.url) });
    const reply = await generation(request);
    const text = 'Route /x with `dynamic = "error"` couldn\'t be rendered statically because it used `request.url`.';
    assert.ok(factsOf(reply).failure?.includes(`${text}\n`), factsOf(reply).failure ?? '');
    assert.deepEqual(request.logs, []);
    const bench = route({ dynamic: 'error', GET: async () => new Response(String(await cookies())) });
    const failure = factsOf(await generation(bench)).failure ?? '';
    assert.ok(failure.includes('because it used `cookies()`. See more info here: https://nextjs.org/docs/app/'));
  });

  it('under `force-static` sees nothing and stays static', async () => {
    const bench = route({
      dynamic: 'force-static',
      async GET(request: NextRequest) {
        await connection();
        unstable_noStore();
        return Response.json([(await headers()).get('host'), (await cookies()).getAll(), request.url]);
      },
    });
    const reply = await generation(bench, BUILD, 'http://localhost:3000/x?a=1');
    assert.equal(reply.text, '[null,[],"http://localhost:3000/x"]');
    assert.equal(factsOf(reply).dynamic, null);
  });

  it('may read what every request of the entry has', async () => {
    const bench = route({ GET: (request: NextRequest) => new Response(`${request.method} ${request.nextUrl.pathname}`) });
    const reply = await generation(bench);
    assert.equal(reply.text, 'GET /x');
    assert.equal(factsOf(reply).dynamic, null);
  });

  it('of a handler that throws says what, and is answered 500', async () => {
    const bench = route({
      GET() {
        throw new Error('kaput \u{1F600}');
      },
    });
    const reply = await generation(bench, REGENERATION);
    assert.equal(reply.status, 500);
    assert.ok(factsOf(reply).failure?.startsWith('Error: kaput \u{1F600}\n'));
    assert.equal(factsOf(reply).dynamic, null);
    assert.ok(/^[\x20-\x7e]*$/.test(reply.facts ?? ''));
  });

  it('keeps redirects, null bodies and `Response.error()`', async () => {
    const moved = await generation(route({ GET: () => redirect('/y') }));
    assert.deepEqual([moved.status, moved.field('location'), factsOf(moved).failure], [307, '/y', null]);
    const empty = await generation(route({ GET: () => new Response(null, { status: 204 }) }));
    assert.deepEqual([empty.status, empty.body], [204, null]);
    const error = await generation(route({ GET: () => Response.error() }));
    assert.deepEqual([error.status, error.body, factsOf(error).failure], [200, null, null]);
  });

  it('fails when its stream does, and when its result is no response', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('torn')) });
    const torn = await generation(route({ GET: () => new Response(broken) }), REGENERATION);
    assert.ok(factsOf(torn).failure?.startsWith('Error: torn'));
    const wrong = await generation(route({ GET: () => 'text' }));
    assert.ok(factsOf(wrong).failure?.includes("Expected a Response object but received 'string'"));
  });

  it('runs what was left for after the reply', async () => {
    let runs = 0;
    const bench = route({
      GET() {
        after(() => {
          runs += 1;
        });
        return new Response('');
      },
    });
    const { call, reply } = bench.start({ generation: BUILD });
    await reply.done;
    assert.deepEqual([reply.wantSent, runs], [true, 0]);
    call.onSent?.();
    assert.equal(runs, 1);
  });
});

describe('generateStaticParams', () => {
  const info = {
    pattern: '/[a]/[...b]',
    file: 'app/[a]/[...b]/route.ts',
    params: [{ name: 'a', kind: 'single' }, { name: 'b', kind: 'catchAll' }],
    scope: true,
  } as const;
  const returning = (value: unknown): Promise<unknown> => generateParams(info, { generateStaticParams: async () => value });

  it('gives the texts that the path would have, none twice, and leaves out what is empty', async () => {
    const found = await returning([{ a: 'x/y', b: ['ü', '1 2'] }, { a: 'x/y', b: ['ü', '1 2'] }, { a: '', b: ['1'] }]);
    assert.deepEqual(found, { params: ['x%2Fy\n%C3%BC/1%202'] });
    assert.deepEqual(await generateParams(info, {}), { params: null });
  });

  it('names no path at all where one set of params is not whole', async () => {
    assert.deepEqual(await returning([{ a: 'x', b: ['1'] }, { a: 'only' }]), { params: [] });
    assert.deepEqual(await returning([{}]), { params: [] });
  });

  it('under `dynamicParams = false` refuses a set that lacks the param of the file’s folder', async () => {
    const module = { generateStaticParams: () => [{ a: 'only' }], dynamicParams: false };
    await assert.rejects(generateParams(info, module), {
      message:
        'Segment "app/[a]/[...b]/route.ts" exports "dynamicParams: false" but the param "b" is missing from the generated route params.',
    });
  });

  it('names what is wrong in Next.js\'s words', async () => {
    await assert.rejects(returning([{ a: 1, b: [] }]), {
      message: 'A required parameter (a) was not provided as a string received number in generateStaticParams for /[a]/[...b]',
    });
    await assert.rejects(returning([{ a: undefined, b: ['1'] }]), /was not provided as a string received undefined/);
    await assert.rejects(returning([{ a: 'x', b: '1' }]), /\(b\) was not provided as an array received string/);
    await assert.rejects(returning([{ a: 'x', b: [1] }]), /\(b\) was not provided as an array of strings received number/);
    await assert.rejects(returning([{ a: 'x', b: [] }]), {
      message:
        "The provided export path '/x' doesn't match the '/[a]/[...b]' page.\nRead more: https://nextjs.org/docs/messages/export-path-mismatch",
    });
    await assert.rejects(returning({}), {
      message:
        'Invalid value returned from generateStaticParams for "/[a]/[...b]". Expected an array, but received type object. See more info here: https://nextjs.org/docs/messages/generate-static-params',
    });
    await assert.rejects(returning([null]), /Invalid value at index 0 .* received type null/);
  });

  it('runs what it leaves for afterwards', async () => {
    let runs = 0;
    const generateStaticParams = async (): Promise<unknown> => {
      after(() => (runs += 1));
      return runs === 0 ? [] : null;
    };
    assert.deepEqual(await generateParams(info, { generateStaticParams }), { params: [] });
    assert.equal(runs, 1);
  });

  it('has no request', async () => {
    const asking = generateParams(info, { generateStaticParams: async () => [await headers()] });
    await assert.rejects(asking, /used `headers\(\)` inside `generateStaticParams`. This is not supported/);
  });
});
