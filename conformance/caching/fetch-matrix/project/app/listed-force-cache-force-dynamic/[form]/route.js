import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'force-cache';
export const dynamic = 'force-dynamic';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-force-cache-force-dynamic', context);
