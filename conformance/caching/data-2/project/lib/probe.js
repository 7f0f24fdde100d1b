// What the cases are written with.
import { origin } from './origin.js';

export let O = '';

/** Starts the origin. */
export async function listening() {
  O = await origin();
}

export const FC = { cache: 'force-cache' };
export const at = (kind, key, query = '') => `${O}/${kind}/${key}${query}`;

export function err(error) {
  const cause = error?.cause ? ` [${error.cause.name} ${error.cause.code ?? ''}]` : '';
  return `${error?.name}: ${error?.message}${cause}`.replace(/127\.0\.0\.1:\d+/, 'ORIGIN');
}

export async function tried(run) {
  try {
    return await run();
  } catch (error) {
    return { threw: err(error) };
  }
}

export async function text(input, init) {
  return tried(async () => {
    const response = await fetch(input, init);
    return `${response.status} ${await response.text()}`;
  });
}

export const twice = async (input, init) => [await text(input(), init()), await text(input(), init())];

const LEFT_OUT = ['date', 'keep-alive', 'connection'];

export async function info(response) {
  const { status, ok, statusText, type, redirected, bodyUsed, body, headers } = response;
  return {
    ...{ status, ok, statusText, type, redirected, bodyUsed, hasBody: body !== null },
    name: response.constructor.name,
    url: response.url.replace(O, 'ORIGIN'),
    headers: Object.fromEntries([...headers].filter(([name]) => !LEFT_OUT.includes(name))),
    cookies: headers.getSetCookie(),
  };
}
