import { answer } from '../../../lib/forms.js';

export const fetchCache = 'default-no-store';

export const GET = (request, context) => answer('open-default-no-store-unset', context);
