import { describe, expect, it } from '@jest/globals';
import { createRecordingLogger } from '../../../test/recording-logger.js';
import { createHealthService } from './health.service.js';

describe('probes', () => {
  it('however many ask at once, each dependency is asked once: probes have no limit, and must not take every connection', async () => {
    const answers: ((latency: { latency_ms: number }) => void)[] = [];
    const database = { check: () => new Promise<{ latency_ms: number }>((resolve) => answers.push(resolve)) };
    const other = { kind: 'memory', check: async () => ({ latency_ms: 0 }) };
    const health = createHealthService({ lifecycle: { state: 'ready' }, database, store: other, files: other, logger: createRecordingLogger(), production: true, environment: {} });
    const asked = Promise.all([...Array.from({ length: 50 }, () => health.ready()), health.database(), health.root()]);
    expect(answers).toHaveLength(1);
    answers[0]!({ latency_ms: 1 });
    expect((await asked).at(-1)).toEqual({ status: 'ok', database: 'connected' });

    const later = health.database();
    expect(answers).toHaveLength(2);
    answers[1]!({ latency_ms: 2 });
    expect(await later).toMatchObject({ latency_ms: 2 });
  });
});
