/**
 * `next/og`. Images are not rendered yet; whoever tries gets told, and modules that only import it work.
 */
import { LightResponse } from '../web/response.ts';

export class ImageResponse extends LightResponse {
  constructor() {
    super(null);
    const error = new Error('`ImageResponse` of `next/og` is not supported yet: images are not rendered');
    // The first line of the stack is the one that asked for an image.
    Error.captureStackTrace(error, ImageResponse);
    throw error;
  }
}
