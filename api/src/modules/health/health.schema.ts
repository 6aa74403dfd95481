import { z } from 'zod';

export const statusSchema = z.object({ status: z.string() });

export const rootHealthSchema = z.object({ status: z.literal('ok'), database: z.enum(['connected', 'error', 'unknown']) });

export const checkSchema = z.object({ status: z.literal('healthy'), kind: z.string().optional(), latency_ms: z.number() });

/** In production only `status` and `timestamp` are said (D-15). */
export const systemSchema = z.object({
  status: z.literal('healthy'),
  system_info: z
    .object({
      platform: z.string(),
      nodeVersion: z.string(),
      cpuCount: z.number(),
      memoryTotal: z.number(),
      memoryFree: z.number(),
      memoryUsed: z.number(),
      uptime: z.number(),
    })
    .optional(),
  environment: z.record(z.string(), z.string()).optional(),
  timestamp: z.number(),
});

export const sentryQuery = z.object({ type: z.enum(['exception', 'message', 'async', 'unhandled']).default('exception') });

export const sentrySchema = z.object({ type: z.string(), environment: z.string(), message: z.string(), error: z.string().optional(), event_id: z.string().optional() });
