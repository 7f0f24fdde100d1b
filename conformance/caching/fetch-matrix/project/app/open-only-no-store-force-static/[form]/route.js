import { answer } from '../../../lib/forms.js';

export const fetchCache = 'only-no-store';
export const dynamic = 'force-static';

export const GET = (request, context) => answer('open-only-no-store-force-static', context);
