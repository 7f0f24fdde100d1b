export const runtime = 'edge';

export async function GET() {
  const order = [];
  await new Promise((resolve) => {
    const handle = setTimeout(() => order.push('cleared'), 1);
    clearTimeout(handle);
    let ticks = 0;
    const interval = setInterval(() => {
      ticks += 1;
      order.push(`tick ${ticks}`);
      if (ticks === 2) {
        clearInterval(interval);
        resolve();
      }
    }, 2);
    queueMicrotask(() => order.push('microtask'));
  });
  const handle = setTimeout(() => undefined, 0);
  return Response.json({ order, handle: typeof handle });
}
