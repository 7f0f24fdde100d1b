export async function GET(request) {
  const response = new Response('read already', { status: 201, headers: { 'x-kept': 'yes' } });
  await response.text();
  return response;
}
