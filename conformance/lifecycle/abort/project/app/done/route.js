// A reply that was sent in full never aborts.
import { note } from '../../lib/seen';

export function GET(request) {
  request.signal.addEventListener('abort', () => note('done', 'aborted'));
  setTimeout(() => note('done', `aborted: ${request.signal.aborted}`), 50);
  return new Response('done');
}
