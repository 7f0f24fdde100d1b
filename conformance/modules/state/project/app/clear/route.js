import { store } from '../../lib/store';

export function DELETE() {
  store.items.length = 0;
  store.count = 0;
  globalThis.kept = undefined;
  return new Response(null, { status: 204 });
}
