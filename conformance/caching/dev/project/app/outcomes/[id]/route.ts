import { cookies, draftMode } from 'next/headers';
import { notFound, redirect } from 'next/navigation';

export const generateStaticParams = () => [{ id: 'a' }];

const OUTCOMES: Record<string, () => Response | Promise<Response>> = {
  'not-found': () => notFound(),
  redirect: () => redirect('/elsewhere'),
  control: () => new Response('own', { headers: { 'cache-control': 'no-store' } }),
  cookie: async () => {
    (await cookies()).set('a', 'b');
    return new Response('set');
  },
  draft: async () => new Response(`draft ${(await draftMode()).isEnabled}`),
  gone: () => new Response('gone', { status: 410 }),
  stream: () => new Response(new ReadableStream({ start(controller) {
    controller.enqueue(new TextEncoder().encode('streamed'));
    controller.close();
  } })),
};

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  const { id } = await params;
  return (OUTCOMES[String(id)] ?? (() => new Response('plain')))();
}
