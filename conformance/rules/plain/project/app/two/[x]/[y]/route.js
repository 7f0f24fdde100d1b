import { tell } from '../../../../lib/tell.js';

export const GET = tell('/two/[x]/[y]');
