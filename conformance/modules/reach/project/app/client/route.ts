import { area, sizes, Widget } from '@/lib/widgets';
import * as widgets from '@/lib/widgets';

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}

export async function GET(): Promise<Response> {
  const late = await import('@/lib/widgets');
  return Response.json({
    called: outcome(() => area('small')),
    made: outcome(() => new Widget()),
    types: [typeof area, typeof sizes, typeof Widget],
    json: JSON.stringify({ sizes }),
    names: Object.keys(widgets).sort(),
    same: late.area === area,
    marked: String((area as { $$typeof?: symbol }).$$typeof),
  });
}
