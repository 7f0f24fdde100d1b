exports.GET = async function GET(request) {
  return new Response(`common ${request.method}`);
};
