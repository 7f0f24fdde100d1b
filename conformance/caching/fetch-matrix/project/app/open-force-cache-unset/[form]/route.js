import { answer } from '../../../lib/forms.js';

export const fetchCache = 'force-cache';

export const GET = (request, context) => answer('open-force-cache-unset', context);
