export async function GET() {
  return new Response(await (await fetch(`http://127.0.0.1:${process.env.ORIGIN_PORT}/value/st-fetch-timed`, { next: { revalidate: 600 } })).text());
}
