/**
 * Generated forms on their way through bodies: those of calls, whole or in pieces, and those of responses, beside the
 * platform's.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { requestOfCall } from '../next/request.ts';
import type { Seeded } from './differential.ts';
import { FakeCall, FedBody } from './fake-call.ts';
import { formOf, observe, outcome, someEntries } from './generated-parts.ts';
import { platform } from './harness.ts';
import { property, someText } from './properties.ts';

/** The form that each way of reading gives, and the platform's. */
async function compare(random: Seeded, bytes: Uint8Array<ArrayBuffer>, type: string): Promise<unknown> {
  const headers: Array<[string, string]> = [['content-type', type]];
  const url = 'http://localhost:3000/';
  const theirs = await outcome(() => new platform.Request(url, { method: 'POST', headers, body: bytes.slice() }).formData());
  const whole = requestOfCall(new FakeCall({ method: 'POST', headers, body: bytes.slice() }));
  assert.deepEqual(await outcome(() => whole.formData()), theirs, 'a call');
  const fed = new FedBody();
  const arriving = requestOfCall(new FakeCall({ method: 'POST', headers, body: fed })).formData();
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.below(40));
    fed.chunk(bytes.slice(at, end));
    at = end;
  }
  fed.end();
  assert.deepEqual(await outcome(() => arriving), theirs, 'a call in pieces');
  assert.deepEqual(await outcome(() => new Response(bytes.slice(), { headers }).formData()), theirs, 'a response');
  assert.deepEqual(await outcome(() => new Request(url, { method: 'POST', headers, body: bytes.slice() }).formData()), theirs, 'a request');
  return theirs;
}

/** A form as bytes, with its content type. */
async function encode(form: FormData): Promise<[bytes: Uint8Array<ArrayBuffer>, type: string]> {
  const response = new Response(form);
  return [new Uint8Array(await response.arrayBuffer()), String(response.headers.get('content-type'))];
}

/** Whether multipart carries it unchanged (HTML, "multipart/form-data encoding algorithm"). */
function isPlain(text: string): boolean {
  return text.isWellFormed() && !/[\r\n"%\ufeff\0]/.test(text);
}

describe('forms', () => {
  property('multipart comes back as it was', 300, async (random) => {
    const entries = someEntries(random);
    const [bytes, type] = await encode(formOf(entries));
    const read = await compare(random, bytes, type);
    // The platform takes a file without a name for text.
    const isNamed = entries.every(([, value]) => typeof value === 'string' || value.name !== '');
    const texts = entries.flatMap(([name, value]) => (typeof value === 'string' ? [name, value] : [name, value.name]));
    if (entries.length !== 0 && isNamed && texts.every(isPlain)) {
      // A file without a type is given one on the way, as by every client.
      const sent = entries.map(([name, value]): [string, string | File] =>
        typeof value === 'string' || value.type !== '' ? [name, value] : [name, new File([value], value.name, { type: 'application/octet-stream' })],
      );
      assert.deepEqual(read, { gave: await observe(formOf(sent)) });
    }
  });

  property('multipart that was damaged is refused or read as by the platform', 600, async (random) => {
    const [bytes, type] = await encode(formOf(someEntries(random)));
    const at = random.below(bytes.length + 1);
    const piece = Buffer.from(random.pick(['\r\n', '--', '-', ':', ';', '"', '\0', 'é', 'content-disposition: form-data']));
    const damaged = random.pick([
      bytes.slice(0, at),
      bytes.slice(at),
      new Uint8Array([...bytes.slice(0, at), ...piece, ...bytes.slice(at)]),
      new Uint8Array([...bytes.slice(0, at), ...bytes.slice(at + 1 + random.below(8))]),
    ]);
    await compare(random, damaged, random.pick([type, type, `${type.replace('boundary=', 'boundary="')}"`, `${type}; charset=utf-8`, 'multipart/form-data']));
  });

  property('urlencoded pairs are those of URLSearchParams', 1000, async (random) => {
    const text = someText(random, 16).toWellFormed();
    const read = await compare(random, Buffer.from(text) as Uint8Array<ArrayBuffer>, 'application/x-www-form-urlencoded;charset=UTF-8');
    assert.deepEqual(read, { gave: ['form', [...new URLSearchParams(text)]] });
  });
});
