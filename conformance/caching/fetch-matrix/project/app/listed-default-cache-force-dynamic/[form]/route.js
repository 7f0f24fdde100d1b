import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'default-cache';
export const dynamic = 'force-dynamic';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-default-cache-force-dynamic', context);
