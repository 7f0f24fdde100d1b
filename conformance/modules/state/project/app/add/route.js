import { store } from '../../lib/store';

export async function POST(request) {
  store.items.push(await request.text());
  store.count += 1;
  return Response.json(store.items.length);
}
