import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'only-cache';
export const dynamic = 'force-dynamic';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-only-cache-force-dynamic', context);
