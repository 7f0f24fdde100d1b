// The signal handed on to a fetch.
import { note } from '../../lib/seen';

export async function GET(request) {
  try {
    await fetch(new URL('/endless', request.url), { signal: request.signal, cache: 'no-store' });
    note('fetching', 'fetched');
  } catch (error) {
    note('fetching', `${error.name}`);
  }
  return new Response('too late');
}
