import { answer } from '../../../lib/forms.js';

export const fetchCache = 'only-cache';

export const GET = (request, context) => answer('open-only-cache-unset', context);
