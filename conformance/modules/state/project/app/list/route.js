import { store } from '../../lib/store';

export const GET = () => Response.json({ ...store, made: globalThis.made });
