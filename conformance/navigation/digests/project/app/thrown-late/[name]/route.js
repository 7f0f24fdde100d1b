import { notFound, redirect } from 'next/navigation';
import { connection } from 'next/server';

export async function GET(request, { params }) {
  await connection();
  const { name } = await params;
  await new Promise((resolve) => setTimeout(resolve, 1));
  try {
    return name === 'redirect' ? redirect('/p;q') : notFound();
  } finally {
    await null;
  }
}

export const POST = GET;
