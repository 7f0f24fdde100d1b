import { answer } from '../../../lib/forms.js';

export const fetchCache = 'default-cache';

export const GET = (request, context) => answer('open-default-cache-unset', context);
