/** The camera, and pictures of what it sees. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Pixels } from '../protocol.js';

export function Camera({ onPicture }: { readonly onPicture: (pixels: Pixels) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let isGone = false;
    const start = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: true });
        if (isGone) stop();
        else if (video.current !== null) video.current.srcObject = stream;
      } catch (error) {
        problem.value = error instanceof Error ? error.message : String(error);
      }
    };
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    void start();
    return () => {
      isGone = true;
      stop();
    };
  }, [problem]);
  const take = () => {
    if (video.current === null || video.current.videoWidth === 0) return;
    const { videoWidth: width, videoHeight: height } = video.current;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (context === null) return;
    context.drawImage(video.current, 0, 0);
    onPicture({ width, height, data: context.getImageData(0, 0, width, height).data });
  };
  if (problem.value !== undefined) return <p class="hint">There is no camera to look through: {problem.value}</p>;
  return (
    <div class="camera">
      <video ref={video} autoPlay muted playsInline aria-label="What the camera sees" />
      <button type="button" onClick={take}>
        Take and run
      </button>
    </div>
  );
}
