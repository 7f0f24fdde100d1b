import { answer } from '../../../lib/forms.js';

export const fetchCache = 'only-no-store';

export const GET = (request, context) => answer('open-only-no-store-unset', context);
