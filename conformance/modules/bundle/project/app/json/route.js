import data, { list } from '../../lib/data.json';
import * as all from '../../lib/data.json';

export const GET = () => Response.json({ data, list, keys: Object.keys(all).sort() });
