import { tell } from '../../../lib/tell.js';

export const GET = tell('/dyn/[id]');
