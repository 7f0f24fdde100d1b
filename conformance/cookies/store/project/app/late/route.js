// A change after the handler has returned is refused.
import { cookies } from 'next/headers';

let outcome = 'nothing yet';

export async function GET() {
  const store = await cookies();
  const stream = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      try {
        store.set('late', '1');
        outcome = 'set';
      } catch (error) {
        outcome = `${error.name}: ${error.message}`;
      }
      controller.enqueue(new TextEncoder().encode(outcome));
      controller.close();
    },
  });
  return new Response(stream);
}
