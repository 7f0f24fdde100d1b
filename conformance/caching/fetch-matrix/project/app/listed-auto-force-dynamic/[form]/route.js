import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'auto';
export const dynamic = 'force-dynamic';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-auto-force-dynamic', context);
