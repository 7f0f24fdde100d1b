// A handler that says which route answered and what it was given.
export function tell(route) {
  return async (request, context) =>
    Response.json({
      route,
      params: context.params === undefined ? 'undefined' : await context.params,
      url: request.url,
      pathname: request.nextUrl.pathname,
      search: request.nextUrl.search,
    });
}
