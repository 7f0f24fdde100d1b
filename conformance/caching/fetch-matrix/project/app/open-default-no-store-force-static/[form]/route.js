import { answer } from '../../../lib/forms.js';

export const fetchCache = 'default-no-store';
export const dynamic = 'force-static';

export const GET = (request, context) => answer('open-default-no-store-force-static', context);
