let calls = 0;

export const GET = () => Response.json((calls += 1));
export const POST = () => Response.json((calls += 10));
export const DELETE = () => {
  calls = 0;
  return new Response(null, { status: 204 });
};
