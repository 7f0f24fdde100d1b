export function GET(request) {
  const names = ['cache', 'credentials', 'mode', 'redirect', 'referrer', 'referrerPolicy', 'integrity', 'duplex', 'keepalive',
    'destination', 'bodyUsed', 'ip', 'geo'];
  const fields = names.map((name) => [name, request[name] === undefined ? 'undefined' : request[name]]);
  return Response.json({
    ...Object.fromEntries(fields),
    isRequest: request instanceof Request,
    tag: Object.prototype.toString.call(request),
    body: request.body === null ? 'null' : typeof request.body,
    aborted: request.signal.aborted,
    signal: request.signal instanceof AbortSignal,
  });
}

export { GET as POST };
