import { answer, params } from '../../../lib/forms.js';

export const dynamic = 'error';
export const generateStaticParams = () => params;

export const GET = (request, context) => answer('listed-unset-error', context);
