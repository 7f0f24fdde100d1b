import { answer, params } from '../../../lib/forms.js';

export const fetchCache = 'only-no-store';
export const dynamic = 'error';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-only-no-store-error', context);
