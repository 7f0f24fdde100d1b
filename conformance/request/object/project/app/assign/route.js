import { attempt } from '../../lib/attempt';

export async function GET(request) {
  const assign = (name, value) => attempt(() => {
    request[name] = value;
    return request[name] === value;
  });
  return Response.json({
    own: await assign('user', 'me'),
    method: (await assign('method', 'POST')).replace(/#<\w+>/, 'the request'),
    page: await attempt(() => request.page),
    ua: await attempt(() => request.ua),
  });
}
