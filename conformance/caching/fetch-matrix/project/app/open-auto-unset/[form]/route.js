import { answer } from '../../../lib/forms.js';

export const fetchCache = 'auto';

export const GET = (request, context) => answer('open-auto-unset', context);
