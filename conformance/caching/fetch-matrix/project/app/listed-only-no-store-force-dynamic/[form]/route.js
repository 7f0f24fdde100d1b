import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'only-no-store';
export const dynamic = 'force-dynamic';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-only-no-store-force-dynamic', context);
