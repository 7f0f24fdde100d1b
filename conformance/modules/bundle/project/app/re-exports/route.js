import fallback, { one, two } from '../../lib/deep';
import * as star from '../../lib/star';

export const GET = () => {
  star.count();
  const before = star.counter > 0;
  return Response.json({ fallback, one, two: two.two, first: star.first, live: before, tag: Object.prototype.toString.call(star) });
};
