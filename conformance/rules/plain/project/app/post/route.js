import { tell } from '../../lib/tell.js';

export const POST = tell('/post');
