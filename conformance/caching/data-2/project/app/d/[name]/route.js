import { inputs } from '../../../cases/inputs.js';
import { fields } from '../../../cases/fields.js';
import { bodies } from '../../../cases/bodies.js';
import { methods } from '../../../cases/methods.js';
import { options } from '../../../cases/options.js';
import { lifetimes } from '../../../cases/lifetimes.js';
import { tags } from '../../../cases/tags.js';
import { statuses } from '../../../cases/statuses.js';
import { failures } from '../../../cases/failures.js';
import { replies } from '../../../cases/replies.js';
import { together } from '../../../cases/together.js';
import { time } from '../../../cases/time.js';
import { after } from '../../../cases/after.js';
import { invalidating } from '../../../cases/invalidating.js';
import { inside } from '../../../cases/inside.js';
import { functions } from '../../../cases/functions.js';
import { whole } from '../../../cases/whole.js';
import { listening, tried } from '../../../lib/probe.js';

const CASES = { ...inputs, ...fields, ...bodies, ...methods, ...options, ...lifetimes, ...tags, ...statuses, ...failures, ...replies, ...together, ...time, ...after, ...invalidating, ...inside, ...functions, ...whole };

export async function GET(request, { params }) {
  const { name } = await params;
  await listening();
  const out = await tried(() => CASES[name](name, new URL(request.url).searchParams, request));
  return out instanceof Response ? out : Response.json(out ?? null);
}
