import { draftMode } from 'next/headers';
import { after } from 'next/server';

let found = null;

function tried(run) {
  try {
    return run() ?? null;
  } catch (error) {
    return error.message;
  }
}

export async function POST() {
  const draft = await draftMode();
  after(async () => {
    const again = tried(() => draftMode());
    found = [
      draft.isEnabled,
      typeof again === 'string' ? again : (await again).isEnabled,
      tried(() => draft.enable()),
      tried(() => draft.disable()),
    ];
  });
  return new Response('later');
}

export async function GET() {
  await draftMode();
  return Response.json(found);
}
